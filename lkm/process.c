// SPDX-License-Identifier: GPL-2.0
/*
 * Who there is: an instance for each pid namespace, its processes, and those
 * of their tasks that took part in a call.
 */
#include <linux/hashtable.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "state.h"

static LIST_HEAD(instances);
static DEFINE_HASHTABLE(processes, 8); /* by signal_struct; for RCU readers */
static DEFINE_HASHTABLE(tasks, 8);     /* by task_struct; for RCU readers */

struct list_head *liteipc_instances(void)
{
	return &instances;
}

/* --- instances --- */

static struct liteipc_instance *instance_find(const struct pid_namespace *pid_ns)
{
	struct liteipc_instance *instance;

	list_for_each_entry(instance, &instances, node)
		if (instance->pid_ns == pid_ns)
			return instance;
	return NULL;
}

static void instance_free(struct work_struct *work)
{
	struct liteipc_instance *instance =
		container_of(work, struct liteipc_instance, free_work);

	put_pid_ns(instance->pid_ns);
	kfree(instance);
}

static struct liteipc_instance *instance_new(gfp_t flags)
{
	struct liteipc_instance *instance = kzalloc(sizeof(*instance), flags | __GFP_ACCOUNT);

	if (!instance)
		return NULL;
	INIT_LIST_HEAD(&instance->processes);
	INIT_WORK(&instance->free_work, instance_free);
	return instance;
}

static void instance_add(struct liteipc_instance *instance, struct pid_namespace *pid_ns)
{
	instance->pid_ns = get_pid_ns(pid_ns);
	list_add_tail(&instance->node, &instances);
}

/* The CMS place is never free again (CMS-4) in a system; the system lasts as
 * long as there is anybody who could know that it was taken.
 */
static void instance_leave(struct liteipc_instance *instance)
{
	if (instance->process_count > 0)
		return;
	list_del(&instance->node);
	if (instance->cms)
		liteipc_task_put(instance->cms);
	queue_work(liteipc_wq, &instance->free_work);
}

/* --- processes --- */

struct liteipc_process *liteipc_process_find(const struct signal_struct *signal)
{
	struct liteipc_process *process;

	hash_for_each_possible_rcu(processes, process, hash, (unsigned long)signal,
				   lockdep_is_held(&liteipc_lock))
		if (process->signal == signal)
			return process;
	return NULL;
}

bool liteipc_process_is_known(const struct signal_struct *signal)
{
	bool is_known;

	rcu_read_lock();
	is_known = !!liteipc_process_find(signal);
	rcu_read_unlock();
	return is_known;
}

/* It stays as long as the caller runs. */
struct liteipc_process *liteipc_process_of_caller(void)
{
	struct liteipc_process *process;

	rcu_read_lock();
	process = liteipc_process_find(current->signal);
	rcu_read_unlock();
	return process;
}

static struct liteipc_process *process_new(gfp_t flags)
{
	struct liteipc_process *process = kzalloc(sizeof(*process), flags | __GFP_ACCOUNT);

	if (!process)
		return NULL;
	INIT_LIST_HEAD(&process->tasks);
	INIT_LIST_HEAD(&process->accesses);
	return process;
}

static int process_add(struct liteipc_process *process, struct task_struct *task,
		       struct liteipc_instance *instance)
{
	if (instance->process_count >= liteipc_processes_max)
		return -ENOMEM;
	process->signal = task->signal;
	process->instance = instance;
	process->id = task_tgid_nr_ns(task, instance->pid_ns);
	process->is_open = true;
	instance->process_count++;
	list_add_tail(&process->node, &instance->processes);
	hash_add_rcu(processes, &process->hash, (unsigned long)process->signal);
	return 0;
}

/* Takes *spare where there is no instance yet. */
static struct liteipc_instance *instance_for(struct task_struct *task,
					     struct liteipc_instance **spare)
{
	struct pid_namespace *pid_ns = task_active_pid_ns(task);
	struct liteipc_instance *instance = instance_find(pid_ns);

	if (instance || !*spare)
		return instance;
	instance = *spare;
	*spare = NULL;
	instance_add(instance, pid_ns);
	return instance;
}

/* DEV-1 to DEV-3. A process that is known and not open has run exec. */
int liteipc_process_open(void)
{
	struct liteipc_instance *spare_instance = instance_new(GFP_KERNEL);
	struct liteipc_process *spare = process_new(GFP_KERNEL);
	struct liteipc_instance *instance;
	struct liteipc_process *process;
	int error = 0;

	spin_lock(&liteipc_lock);
	process = liteipc_process_find(current->signal);
	if (process) {
		process->is_open = true;
	} else {
		instance = spare ? instance_for(current, &spare_instance) : NULL;
		error = instance ? process_add(spare, current, instance) : -ENOMEM;
		if (error == 0)
			spare = NULL;
		if (instance)
			instance_leave(instance);
	}
	spin_unlock(&liteipc_lock);

	kfree(spare_instance);
	kfree(spare);
	return error;
}

/* LIF-3, LIF-5. It is too late to refuse the fork (LIF-4): a child for which
 * there is no memory has no IPC state and may open.
 */
void liteipc_process_fork(struct liteipc_process *parent, struct task_struct *child)
{
	struct liteipc_instance *spare_instance = NULL;
	struct liteipc_instance *instance;
	struct liteipc_process *process;

	if (!parent->is_open)
		return;
	process = process_new(GFP_ATOMIC);
	if (!instance_find(task_active_pid_ns(child)))
		spare_instance = instance_new(GFP_ATOMIC);
	instance = process ? instance_for(child, &spare_instance) : NULL;
	if (!instance || process_add(process, child, instance)) {
		pr_warn_ratelimited("liteipc: no room for the IPC state of a forked process\n");
		kfree(process);
	}
	if (instance)
		instance_leave(instance);
	kfree(spare_instance);
}

void liteipc_process_close(struct liteipc_process *process)
{
	struct liteipc_access *access;
	struct liteipc_access *next;

	liteipc_pool_leave(process);
	list_for_each_entry_safe(access, next, &process->accesses, process_node)
		liteipc_message_free(liteipc_access_take(access)); /* ACC-8 */
	if (process->ipc_thread)
		liteipc_task_put(process->ipc_thread);
	process->ipc_thread = NULL;
	process->is_open = false;
}

void liteipc_process_end(struct liteipc_process *process)
{
	struct liteipc_instance *instance = process->instance;

	liteipc_process_close(process);
	if (process->spare)
		liteipc_message_free(process->spare);
	hash_del_rcu(&process->hash);
	list_del(&process->node);
	kfree_rcu(process, rcu);
	instance->process_count--;
	instance_leave(instance);
}

/* --- tasks --- */

/* In an interrupt, where the lock is not to be had. The task looks for itself
 * whether its time is over. Either this sees that it sleeps, or the task sees
 * that the timer is not queued any more.
 */
static enum hrtimer_restart time_is_over(struct hrtimer *timer)
{
	struct liteipc_task *task = container_of(timer, struct liteipc_task, timer);

	smp_mb(); /* pairs with that of set_current_state() in wait() */
	if (READ_ONCE(task->sleeps))
		wake_up_process(task->task);
	return HRTIMER_NORESTART;
}

struct task_struct *liteipc_live_task(const struct liteipc_instance *instance, u32 id)
{
	struct task_struct *task;

	if (id == 0 || id >= liteipc_task_limit) /* LIM-5 */
		return NULL;
	task = pid_task(find_pid_ns((int)id, instance->pid_ns), PIDTYPE_PID);
	if (!task || (READ_ONCE(task->flags) & (PF_EXITING | PF_KTHREAD)))
		return NULL;
	return task;
}

struct liteipc_task *liteipc_task_find(const struct task_struct *task)
{
	struct liteipc_task *known;

	hash_for_each_possible_rcu(tasks, known, hash, (unsigned long)task,
				   lockdep_is_held(&liteipc_lock))
		if (known->task == task)
			return known;
	return NULL;
}

struct liteipc_task *liteipc_task_new(void)
{
	struct liteipc_task *task = kzalloc(sizeof(*task), GFP_KERNEL_ACCOUNT);

	if (!task)
		return NULL;
	refcount_set(&task->references, 1);
	INIT_LIST_HEAD(&task->queue);
	INIT_LIST_HEAD(&task->callers);
	hrtimer_init(&task->timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
	task->timer.function = time_is_over;
	return task;
}

/* The end of `task` has not been seen yet: its flag is set before, and the
 * lock is taken at its end.
 */
int liteipc_task_add(struct liteipc_process *process, struct task_struct *task,
		     struct liteipc_task *new)
{
	if (process->task_count >= liteipc_tasks_max)
		return -ENOMEM;
	new->task = task;
	new->process = process;
	new->id = task_pid_nr_ns(task, process->instance->pid_ns);
	process->task_count++;
	list_add_tail(&new->node, &process->tasks);
	hash_add_rcu(tasks, &new->hash, (unsigned long)task);
	return 0;
}

/* The caller's own, which stays as long as the caller runs; NULL if it has taken
 * no part yet. Each call begins here: to keep off the scheduler costs less than
 * a section that can be preempted.
 */
struct liteipc_task *liteipc_known_caller(void)
{
	struct liteipc_task *task;

	rcu_read_lock_sched();
	task = liteipc_task_find(current);
	rcu_read_unlock_sched();
	return task;
}

struct liteipc_task *liteipc_task_of_caller(struct liteipc_process *process)
{
	struct liteipc_task *task = liteipc_known_caller();
	struct liteipc_task *new;

	if (task)
		return task;
	new = liteipc_task_new();
	if (!new)
		return NULL;
	spin_lock(&liteipc_lock);
	task = liteipc_task_find(current);
	if (!task && liteipc_task_add(process, current, new) == 0) {
		task = new;
		new = NULL;
	}
	spin_unlock(&liteipc_lock);
	kfree(new);
	return task;
}

/* LIF-6, LIF-11 */
void liteipc_task_end(struct liteipc_task *task)
{
	liteipc_queue_drop(task);
	hash_del_rcu(&task->hash);
	list_del(&task->node);
	hrtimer_cancel(&task->timer);
	task->process->task_count--;
	task->process = NULL;
	task->task = NULL;
	task->has_state = false;
	liteipc_task_put(task);
}

static void forget_tasks(struct liteipc_process *process)
{
	struct liteipc_task *task;
	struct liteipc_task *next;

	list_for_each_entry_safe(task, next, &process->tasks, node) {
		liteipc_tell_end(task, task->id);
		liteipc_task_end(task);
	}
}

/* The module goes: no file is open and nothing is mapped, but processes that
 * have opened the device and closed it go on without it.
 */
void liteipc_forget_all(void)
{
	struct liteipc_instance *instance;
	struct liteipc_instance *next_instance;
	struct liteipc_process *process;
	struct liteipc_process *next;

	spin_lock(&liteipc_lock);
	list_for_each_entry_safe(instance, next_instance, &instances, node) {
		instance->process_count++; /* it stays until the last one is gone */
		list_for_each_entry_safe(process, next, &instance->processes, node) {
			forget_tasks(process);
			liteipc_process_end(process);
		}
		instance->process_count--;
		instance_leave(instance);
	}
	spin_unlock(&liteipc_lock);
}

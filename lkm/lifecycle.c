// SPDX-License-Identifier: GPL-2.0
/*
 * Notices when threads end, and when processes fork and exec, however it
 * comes about: the scheduler's tracepoints are called in the thread itself,
 * past the point where it could enter another call, and before anybody can
 * see that it is gone. A module cannot have this from anything else: the
 * closing of files says nothing of single threads, and nothing at all of a
 * process that has closed them before.
 */
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/tracepoint.h>

#include "state.h"

#ifndef CONFIG_TRACEPOINTS
#error "liteipc needs a kernel with tracepoints"
#endif
#ifdef CONFIG_PREEMPT_RT
#error "liteipc takes a spinlock in tracepoints, where locks of PREEMPT_RT may not be taken"
#endif

/* LIF-12: exec ends the other threads, and is the sender of their notices. */
static pid_t sender_of_end(const struct liteipc_task *task, const struct signal_struct *signal)
{
	struct task_struct *execs = READ_ONCE(signal->group_exec_task);

	if (!execs || execs == current)
		return task->id;
	return task_pid_nr_ns(execs, task->process->instance->pid_ns);
}

static void on_exit(void *unused, struct task_struct *ending)
{
	struct liteipc_process *process;
	struct liteipc_task *task;

	if (!liteipc_process_is_known(ending->signal))
		return;
	spin_lock(&liteipc_lock);
	process = liteipc_process_find(ending->signal);
	task = liteipc_task_find(ending);
	if (task) {
		liteipc_tell_end(task, sender_of_end(task, ending->signal));
		liteipc_task_end(task);
	}
	/* LIF-9: another thread that has ended may still be on its way here. */
	if (process && atomic_read(&ending->signal->live) == 0 && list_empty(&process->tasks))
		liteipc_process_end(process);
	spin_unlock(&liteipc_lock);
}

static void on_fork(void *unused, struct task_struct *parent, struct task_struct *child)
{
	struct liteipc_process *process;

	if (child->signal == parent->signal || !liteipc_process_is_known(parent->signal))
		return;
	spin_lock(&liteipc_lock);
	process = liteipc_process_find(parent->signal);
	if (process)
		liteipc_process_fork(process, child);
	spin_unlock(&liteipc_lock);
}

/* LIF-13 to LIF-16. The others have ended, one after the other. A thread that
 * was not the main one has the main one's id by now; who could call it knew
 * it by its old one.
 */
static void on_exec(void *unused, struct task_struct *task, pid_t old_pid,
		    struct linux_binprm *program)
{
	struct liteipc_process *process;
	struct liteipc_task *survivor;

	if (!liteipc_process_is_known(task->signal))
		return;
	spin_lock(&liteipc_lock);
	process = liteipc_process_find(task->signal);
	survivor = liteipc_task_find(task);
	if (survivor) {
		liteipc_queue_drop(survivor);
		liteipc_tell_end(survivor, survivor->id);
		survivor->has_state = false;
	}
	if (process) {
		liteipc_process_close(process);
		if (survivor)
			survivor->id = task_pid_nr_ns(task, process->instance->pid_ns);
	}
	spin_unlock(&liteipc_lock);
}

static struct {
	const char *name;
	void *probe;
	struct tracepoint *point;
} watched[] = {
	{ .name = "sched_process_exit", .probe = on_exit },
	{ .name = "sched_process_fork", .probe = on_fork },
	{ .name = "sched_process_exec", .probe = on_exec },
};

static void look_for(struct tracepoint *point, void *unused)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(watched); i++)
		if (strcmp(point->name, watched[i].name) == 0)
			watched[i].point = point;
}

static void unregister(size_t count)
{
	while (count-- > 0)
		tracepoint_probe_unregister(watched[count].point, watched[count].probe, NULL);
	tracepoint_synchronize_unregister();
}

int liteipc_lifecycle_begin(void)
{
	size_t i;
	int error;

	for_each_kernel_tracepoint(look_for, NULL);
	for (i = 0; i < ARRAY_SIZE(watched); i++) {
		error = -ENOENT;
		if (watched[i].point)
			error = tracepoint_probe_register(watched[i].point, watched[i].probe,
							  NULL);
		if (error) {
			pr_err("liteipc: no tracepoint %s: %d\n", watched[i].name, error);
			unregister(i);
			return error;
		}
	}
	return 0;
}

void liteipc_lifecycle_end(void)
{
	unregister(ARRAY_SIZE(watched));
}

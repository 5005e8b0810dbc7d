// SPDX-License-Identifier: GPL-2.0
/*
 * The service manager's place and its commands, the IPC thread, the version
 * (spec/2-cms.md, DEV-20 to DEV-22). The order of the checks is the contract.
 */
#include <linux/pid_namespace.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "state.h"

/* CMS-1 to CMS-4 */
long liteipc_set_cms(struct liteipc_process *process, const struct liteipc_model *model,
		     u64 bytes_max)
{
	struct liteipc_instance *instance = process->instance;
	struct liteipc_task *task;
	long result = -EEXIST;

	if (bytes_max < model->header_bytes)
		return -EINVAL;
	task = liteipc_task_of_caller(process);
	spin_lock(&liteipc_lock);
	if (!instance->cms_is_set && !task) {
		result = -ENOMEM;
	} else if (!instance->cms_is_set) {
		instance->cms_is_set = true;
		instance->cms = liteipc_task_get(task);
		instance->cms_bytes_max = bytes_max;
		result = 0;
	}
	spin_unlock(&liteipc_lock);
	return result;
}

/* CMS-6, and CMS-26: with the CMS task the right to command ends. */
static bool is_cms_process(const struct liteipc_process *process)
{
	const struct liteipc_task *cms;
	bool is_it;

	spin_lock(&liteipc_lock);
	cms = process->instance->cms;
	is_it = cms && cms->process == process;
	spin_unlock(&liteipc_lock);
	return is_it;
}

/* CMS-10 to CMS-13; locked */
static int give_handle(struct liteipc_process *process, struct touchstone_cms_command *command,
		       struct liteipc_access **spare)
{
	struct liteipc_instance *instance = process->instance;
	struct task_struct *subject = current;
	struct liteipc_task *task;
	int error = -EINVAL;

	rcu_read_lock();
	if (command->subject != 0)
		subject = liteipc_live_task(instance, command->subject);
	if (subject && subject != instance->cms->task) {
		command->service = task_pid_nr_ns(subject, instance->pid_ns);
		task = liteipc_task_find(subject);
		error = task && task->has_state ?
				liteipc_access_give(process, task, spare) : 0;
	}
	rcu_read_unlock();
	return error;
}

/* CMS-17 to CMS-22; locked */
static int add_access(struct liteipc_process *process,
		      const struct touchstone_cms_command *command,
		      struct liteipc_access **spare)
{
	struct liteipc_instance *instance = process->instance;
	struct liteipc_process *caller = NULL;
	struct task_struct *subject;
	struct task_struct *service;
	struct liteipc_task *task = NULL;
	int error = -EINVAL;

	rcu_read_lock();
	subject = liteipc_live_task(instance, command->subject);
	service = command->service == 0 ? instance->cms->task :
					  liteipc_live_task(instance, command->service);
	if (subject && service) {
		task = liteipc_task_find(service);
		caller = liteipc_process_find(subject->signal);
	}
	if (task && task->has_state && caller && caller->is_open)
		error = liteipc_access_give(caller, task, spare);
	rcu_read_unlock();
	return error;
}

static int run_command(struct liteipc_process *process, struct touchstone_cms_command *command)
{
	struct liteipc_access *spare;
	const struct liteipc_task *cms;
	int error = -EACCES;

	if (command->command == TOUCHSTONE_CMS_REMOVE_HANDLE) /* CMS-15, CMS-16 */
		return command->service >= liteipc_task_limit ? -EINVAL : 0;
	spare = liteipc_access_new();
	spin_lock(&liteipc_lock);
	cms = process->instance->cms;
	if (cms->process == process && command->command == TOUCHSTONE_CMS_GEN_HANDLE)
		error = give_handle(process, command, &spare);
	else if (cms->process == process)
		error = add_access(process, command, &spare);
	spin_unlock(&liteipc_lock);
	liteipc_access_free(spare);
	return error;
}

/* CMS-5 to CMS-22 */
long liteipc_cms_command(struct liteipc_process *process, u64 argument)
{
	struct touchstone_cms_command command;
	int error;

	if (argument == 0)
		return -EINVAL;
	if (!is_cms_process(process))
		return -EACCES;
	if (copy_from_user(&command, u64_to_user_ptr(argument), sizeof(command)))
		return -EINVAL; /* CMS-7 */
	if (command.command > TOUCHSTONE_CMS_ADD_ACCESS)
		return -EINVAL; /* CMS-8 */
	error = run_command(process, &command);
	if (error || command.command != TOUCHSTONE_CMS_GEN_HANDLE)
		return error;
	/* CMS-14, ABI-4 */
	return copy_to_user(u64_to_user_ptr(argument), &command, sizeof(command)) ? -EFAULT : 0;
}

/* CMS-23 to CMS-25 */
long liteipc_set_ipc_thread(struct liteipc_process *process)
{
	struct liteipc_task *task = liteipc_task_of_caller(process);
	long result = -EINVAL;

	spin_lock(&liteipc_lock);
	if (process->instance->cms_is_set && !process->ipc_thread) {
		result = -ENOMEM;
		if (task) {
			process->ipc_thread = liteipc_task_get(task);
			result = task->id;
		}
	}
	spin_unlock(&liteipc_lock);
	return result;
}

/* DEV-20 to DEV-22, LIM-8 */
long liteipc_get_version(u64 argument)
{
	const struct touchstone_version version = {
		.driver_version = TOUCHSTONE_DRIVER_VERSION,
	};

	if (argument == 0)
		return -EINVAL;
	return copy_to_user(u64_to_user_ptr(argument), &version, sizeof(version)) ? -EFAULT : 0;
}

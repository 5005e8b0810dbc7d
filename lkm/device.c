// SPDX-License-Identifier: GPL-2.0
/*
 * liteipc: LiteIPC, the RPC of OpenHarmony's LiteOS-A kernel, for Linux. This
 * file is the module and its device /dev/lite_ipc (spec/1-device.md). Tasks
 * are threads, processes are thread groups, ids are those of Linux. How the
 * module locks is said in state.h.
 */
#include <linux/compat.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/threads.h>

#include "state.h"

DEFINE_SPINLOCK(liteipc_lock);
struct workqueue_struct *liteipc_wq;

unsigned int liteipc_task_limit = PID_MAX_LIMIT;
module_param_named(task_limit, liteipc_task_limit, uint, 0444);
MODULE_PARM_DESC(task_limit, "ids of tasks that can be called are below it");

unsigned int liteipc_processes_max = 1024;
module_param_named(processes_max, liteipc_processes_max, uint, 0644);
MODULE_PARM_DESC(processes_max, "processes with IPC state in a pid namespace");

unsigned int liteipc_tasks_max = 1024;
module_param_named(tasks_max, liteipc_tasks_max, uint, 0644);
MODULE_PARM_DESC(tasks_max, "tasks of a process that take part");

unsigned int liteipc_accesses_max = 1024;
module_param_named(accesses_max, liteipc_accesses_max, uint, 0644);
MODULE_PARM_DESC(accesses_max, "tasks that a process may call");

unsigned int liteipc_files_max = 1024;
module_param_named(files_max, liteipc_files_max, uint, 0644);
MODULE_PARM_DESC(files_max, "descriptors sent to a process and not yet received");

unsigned int liteipc_pool_bytes_max = TOUCHSTONE_POOL_BYTES_MAX; /* LIM-3 */
module_param_named(pool_bytes_max, liteipc_pool_bytes_max, uint, 0444);
MODULE_PARM_DESC(pool_bytes_max, "bytes of a pool, at most 262144");

unsigned int liteipc_ilp32_user_end = 0xff000000;
module_param_named(ilp32_user_end, liteipc_ilp32_user_end, uint, 0644);
MODULE_PARM_DESC(ilp32_user_end, "buffers of 32-bit programs are below it, on a 64-bit kernel");

static int device_open(struct inode *inode, struct file *file)
{
	if (current->flags & PF_KTHREAD)
		return -EINVAL;
	return liteipc_process_open();
}

/* DEV-7: who has not opened gets here by a descriptor of somebody who has. */
static int device_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct liteipc_process *process = liteipc_process_of_caller();

	if (!process || !READ_ONCE(process->is_open))
		return -EINVAL;
	return liteipc_pool_map(process, vma);
}

/* DEV-16 to DEV-18 */
static long call(const struct liteipc_model *model, unsigned int command, u64 argument)
{
	struct liteipc_task *task = liteipc_known_caller();
	struct liteipc_process *process = task ? task->process : liteipc_process_of_caller();
	const struct liteipc_pool *pool;

	if (!process || !READ_ONCE(process->is_open))
		return -EINVAL;
	pool = READ_ONCE(process->pool);
	if (!pool)
		return -ENOMEM;
	if (command == model->send_recv_command)
		return liteipc_send_receive(process, task, model, argument);
	switch (command) {
	case TOUCHSTONE_IPC_SET_CMS:
		return liteipc_set_cms(process, model, argument);
	case TOUCHSTONE_IPC_CMS_CMD:
		return liteipc_cms_command(process, argument);
	case TOUCHSTONE_IPC_SET_IPC_THREAD:
		return liteipc_set_ipc_thread(process);
	case TOUCHSTONE_IPC_GET_VERSION:
		return liteipc_get_version(argument);
	}
	return -EINVAL;
}

static long device_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	return call(&liteipc_native, command, argument);
}

#ifdef CONFIG_COMPAT
static long device_compat_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	return call(&liteipc_ilp32, command, (u32)argument);
}
#endif

/* DEV-4: that a file is closed says nothing. */
static const struct file_operations device_operations = {
	.owner = THIS_MODULE,
	.open = device_open,
	.mmap = device_mmap,
	.unlocked_ioctl = device_ioctl,
#ifdef CONFIG_COMPAT
	.compat_ioctl = device_compat_ioctl,
#endif
	.llseek = noop_llseek,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "lite_ipc",
	.fops = &device_operations,
	.mode = 0666,
};

static int __init liteipc_init(void)
{
	int error;

	liteipc_pool_bytes_max = min(liteipc_pool_bytes_max, TOUCHSTONE_POOL_BYTES_MAX);
	liteipc_wq = alloc_workqueue("liteipc", 0, 0);
	if (!liteipc_wq)
		return -ENOMEM;
	error = liteipc_messages_begin();
	if (error)
		goto no_messages;
	error = liteipc_lifecycle_begin();
	if (error)
		goto no_lifecycle;
	error = misc_register(&device);
	if (error)
		goto no_device;
	liteipc_debugfs_begin();
	return 0;

no_device:
	liteipc_lifecycle_end();
no_lifecycle:
	liteipc_messages_end();
no_messages:
	destroy_workqueue(liteipc_wq);
	return error;
}

static void __exit liteipc_exit(void)
{
	liteipc_debugfs_end();
	misc_deregister(&device);
	liteipc_lifecycle_end();
	liteipc_forget_all();
	destroy_workqueue(liteipc_wq);
	liteipc_messages_end();
}

module_init(liteipc_init);
module_exit(liteipc_exit);

MODULE_DESCRIPTION("LiteIPC: messages, services and death notices between processes");
MODULE_LICENSE("GPL");

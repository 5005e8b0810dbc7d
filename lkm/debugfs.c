// SPDX-License-Identifier: GPL-2.0
/*
 * What there is, to be read by root: /sys/kernel/debug/lite_ipc/services,
 * queues and pools. Each shows one moment, taken under the lock.
 */
#include <linux/debugfs.h>
#include <linux/pid_namespace.h>
#include <linux/seq_file.h>

#include "state.h"

static struct dentry *folder;

static void show_services(struct seq_file *out, const struct liteipc_instance *instance,
			  const struct liteipc_process *process)
{
	const struct liteipc_access *access;
	const struct liteipc_task *task;

	list_for_each_entry(task, &process->tasks, node) {
		if (!task->has_state)
			continue;
		seq_printf(out, "namespace=%u process=%d task=%d%s%s queued=%u callers=",
			   instance->pid_ns->ns.inum, process->id, task->id,
			   task == instance->cms ? " cms" : "",
			   task == process->ipc_thread ? " ipc_thread" : "", task->queued);
		list_for_each_entry(access, &task->callers, task_node)
			seq_printf(out, "%d%s", access->process->id,
				   list_is_last(&access->task_node, &task->callers) ? "" : ",");
		seq_putc(out, '\n');
	}
}

static const char *type_of(const struct liteipc_message *message)
{
	static const char * const names[] = { "request", "reply", "failed_reply", "death_notify" };

	return message->type < ARRAY_SIZE(names) ? names[message->type] : "?";
}

static void show_queues(struct seq_file *out, const struct liteipc_instance *instance,
			const struct liteipc_process *process)
{
	const struct liteipc_message *message;
	const struct liteipc_task *task;

	list_for_each_entry(task, &process->tasks, node)
		list_for_each_entry(message, &task->queue, node)
			seq_printf(out,
				   "namespace=%u task=%d type=%s from=%u/%u time=%llu files=%u\n",
				   instance->pid_ns->ns.inum, task->id, type_of(message),
				   message->sender_task, message->sender_process,
				   message->timestamp, message->file_count);
}

static void show_pools(struct seq_file *out, const struct liteipc_instance *instance,
		       const struct liteipc_process *process)
{
	const struct liteipc_pool *pool = process->pool;
	unsigned int delivered = 0;
	unsigned int held = 0;
	u32 i;

	if (!pool) {
		seq_printf(out, "namespace=%u process=%d%s unmapped\n",
			   instance->pid_ns->ns.inum, process->id,
			   process->is_open ? "" : " closed");
		return;
	}
	for (i = 0; i < pool->granules; i++) {
		if (!pool->blocks[i])
			continue;
		if (pool->blocks[i]->state == LITEIPC_BLOCK_DELIVERED)
			delivered++;
		else
			held++;
	}
	seq_printf(out,
		   "namespace=%u process=%d model=%s bytes=%u taken=%u delivered=%u waiting=%u\n",
		   instance->pid_ns->ns.inum, process->id, pool->model->name, pool->bytes,
		   pool->taken * LITEIPC_GRANULE, delivered, held);
}

static int show_all(struct seq_file *out,
		    void (*show)(struct seq_file *out, const struct liteipc_instance *instance,
				 const struct liteipc_process *process))
{
	struct liteipc_instance *instance;
	struct liteipc_process *process;

	spin_lock(&liteipc_lock);
	list_for_each_entry(instance, liteipc_instances(), node)
		list_for_each_entry(process, &instance->processes, node)
			show(out, instance, process);
	spin_unlock(&liteipc_lock);
	return 0;
}

static int services_show(struct seq_file *out, void *unused)
{
	return show_all(out, show_services);
}
DEFINE_SHOW_ATTRIBUTE(services);

static int queues_show(struct seq_file *out, void *unused)
{
	return show_all(out, show_queues);
}
DEFINE_SHOW_ATTRIBUTE(queues);

static int pools_show(struct seq_file *out, void *unused)
{
	return show_all(out, show_pools);
}
DEFINE_SHOW_ATTRIBUTE(pools);

void liteipc_debugfs_begin(void)
{
	folder = debugfs_create_dir("lite_ipc", NULL);
	debugfs_create_file("services", 0400, folder, NULL, &services_fops);
	debugfs_create_file("queues", 0400, folder, NULL, &queues_fops);
	debugfs_create_file("pools", 0400, folder, NULL, &pools_fops);
}

void liteipc_debugfs_end(void)
{
	debugfs_remove_recursive(folder);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * bare_driver: /dev/bare, which hands 64 bytes from a client to a service and
 * 64 bytes back, and looks at nothing: what any driver needs for a request and
 * its reply, so that speed.c can say how close others are to it. Its calls are
 * those of the device that it is held against: a client's that asks and waits,
 * a service's that answers, and one that waits for what comes next. One pair
 * at a time.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "bare_driver.h"

static DEFINE_SPINLOCK(lock);

/* What has come for one of the two. The words are the other's until it has
 * come, and then its own.
 */
struct side {
	struct task_struct *sleeper; /* under the lock */
	bool has_come;		     /* under the lock */
	u64 words[BARE_WORDS];
};

static struct side client;
static struct side service;

static int copy_in(u64 *words, u64 __user *from)
{
	int i;

	if (!user_read_access_begin(from, BARE_WORDS * sizeof(*from)))
		return -EFAULT;
	for (i = 0; i < BARE_WORDS; i++)
		unsafe_get_user(words[i], from + i, fault);
	user_read_access_end();
	return 0;

fault:
	user_read_access_end();
	return -EFAULT;
}

static int copy_out(const u64 *words, u64 __user *to)
{
	int i;

	if (!user_write_access_begin(to, BARE_WORDS * sizeof(*to)))
		return -EFAULT;
	for (i = 0; i < BARE_WORDS; i++)
		unsafe_put_user(words[i], to + i, fault);
	user_write_access_end();
	return 0;

fault:
	user_write_access_end();
	return -EFAULT;
}

static int give(struct side *side, u64 __user *from)
{
	if (copy_in(side->words, from))
		return -EFAULT;
	spin_lock(&lock);
	side->has_come = true;
	if (side->sleeper)
		wake_up_process(side->sleeper);
	spin_unlock(&lock);
	return 0;
}

static int take(struct side *side, u64 __user *to)
{
	spin_lock(&lock);
	while (!side->has_come) {
		if (signal_pending(current)) {
			spin_unlock(&lock);
			return -EINTR;
		}
		side->sleeper = current;
		set_current_state(TASK_INTERRUPTIBLE);
		spin_unlock(&lock);
		schedule();
		spin_lock(&lock);
		side->sleeper = NULL;
	}
	side->has_come = false;
	spin_unlock(&lock);
	return copy_out(side->words, to);
}

static void forget(struct side *side)
{
	spin_lock(&lock);
	side->has_come = false;
	spin_unlock(&lock);
}

static long bare_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	u64 __user *words = (u64 __user *)argument;

	switch (command) {
	case BARE_CALL:
		return give(&service, words) ? : take(&client, words);
	case BARE_WAIT:
		return take(&service, words);
	case BARE_REPLY:
		return give(&client, words);
	case BARE_BEGIN:
		forget(&client);
		forget(&service);
		return 0;
	}
	return -ENOTTY;
}

static const struct file_operations bare_operations = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = bare_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice bare = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "bare",
	.fops = &bare_operations,
	.mode = 0600,
};

module_misc_device(bare);

MODULE_DESCRIPTION("hands 64 bytes to and fro, for comparison");
MODULE_LICENSE("GPL");

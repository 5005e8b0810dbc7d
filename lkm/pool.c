// SPDX-License-Identifier: GPL-2.0
/*
 * The pool of a process: memory that the module fills with messages and the
 * process reads, and the blocks that it is given out in.
 *
 * A block is whole granules; a bitmap says which are taken, an array finds
 * the block that starts at one.
 */
#include <linux/compat.h>
#include <linux/mman.h>
#include <linux/personality.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "state.h"

#define SMALL_GRANULES_MAX 8

static void pool_free(struct work_struct *work);

/* --- blocks --- */

/* In one word of the map, where most blocks find room: pages are whole words. */
static u32 take_in_word(struct liteipc_pool *pool, u32 count)
{
	unsigned long fits;
	u32 word;
	u32 i;

	for (word = 0; word < pool->granules / BITS_PER_LONG; word++) {
		fits = ~pool->map[word];
		for (i = 1; i < count; i++)
			fits &= fits >> 1;
		if (fits == 0)
			continue;
		pool->map[word] |= GENMASK(count - 1, 0) << __ffs(fits);
		return word * BITS_PER_LONG + __ffs(fits);
	}
	return pool->granules;
}

static u32 take_anywhere(struct liteipc_pool *pool, u32 count)
{
	const unsigned long first =
		bitmap_find_next_zero_area(pool->map, pool->granules, 0, count, 0);

	if (first >= pool->granules)
		return pool->granules;
	bitmap_set(pool->map, first, count);
	return first;
}

bool liteipc_block_take(struct liteipc_pool *pool, struct liteipc_block *block, u32 bytes)
{
	u32 first = pool->granules;
	u32 count;

	BUILD_BUG_ON(PAGE_SIZE / LITEIPC_GRANULE % BITS_PER_LONG != 0);
	if (bytes == 0 || bytes > pool->bytes)
		return false;
	count = DIV_ROUND_UP(bytes, LITEIPC_GRANULE);
	if (count <= SMALL_GRANULES_MAX)
		first = take_in_word(pool, count);
	if (first == pool->granules)
		first = take_anywhere(pool, count);
	if (first == pool->granules)
		return false;
	pool->taken += count;
	pool->blocks[first] = block;
	block->first = first;
	block->count = count;
	block->state = LITEIPC_BLOCK_HELD;
	return true;
}

void liteipc_block_give(struct liteipc_pool *pool, struct liteipc_block *block)
{
	const u32 bit = block->first % BITS_PER_LONG;

	if (bit + block->count <= BITS_PER_LONG)
		pool->map[block->first / BITS_PER_LONG] &= ~(GENMASK(block->count - 1, 0) << bit);
	else
		bitmap_clear(pool->map, block->first, block->count);
	pool->taken -= block->count;
	pool->blocks[block->first] = NULL;
}

void liteipc_block_free(struct liteipc_pool *pool, struct liteipc_block *block)
{
	liteipc_block_give(pool, block);
	if (block->message)
		liteipc_message_free(block->message);
	else
		kfree(block);
}

int liteipc_block_return(struct liteipc_pool *pool, u64 address, struct liteipc_block **block)
{
	struct liteipc_block *found;
	u64 offset = address - pool->address;

	if (address < pool->address || offset >= pool->bytes)
		return -EINVAL; /* MSG-5 */
	if (offset % LITEIPC_GRANULE != 0)
		return -EFAULT; /* MSG-6 */
	found = pool->blocks[offset / LITEIPC_GRANULE];
	if (!found || found->state != LITEIPC_BLOCK_DELIVERED)
		return -EFAULT;
	found->state = LITEIPC_BLOCK_RETURNED; /* MSG-7 */
	*block = found;
	return 0;
}

/* --- the pool as a whole --- */

/* Map and array lie behind the structure: whoever needs one needs all. */
static struct liteipc_pool *pool_new(u32 bytes)
{
	const u32 granules = bytes / LITEIPC_GRANULE;
	const size_t map_bytes = BITS_TO_LONGS(granules) * sizeof(unsigned long);
	const gfp_t flags = GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN;
	struct liteipc_pool *pool;

	pool = kvmalloc(sizeof(*pool) + map_bytes + granules * sizeof(*pool->blocks), flags);
	if (!pool)
		return NULL;
	refcount_set(&pool->references, 1);
	INIT_WORK(&pool->free_work, pool_free);
	pool->bytes = bytes;
	pool->granules = granules;
	pool->map = (unsigned long *)(pool + 1);
	pool->blocks = (void *)pool->map + map_bytes;
	pool->memory = __vmalloc(bytes, flags);
	if (pool->memory)
		return pool;
	kvfree(pool);
	return NULL;
}

/* Nobody else knows it. What is still in it was delivered. */
static void pool_free(struct work_struct *work)
{
	struct liteipc_pool *pool = container_of(work, struct liteipc_pool, free_work);
	u32 i;

	for (i = 0; i < pool->granules; i++)
		if (pool->blocks[i])
			liteipc_block_free(pool, pool->blocks[i]);
	vfree(pool->memory);
	kvfree(pool);
}

void liteipc_pool_leave(struct liteipc_process *process)
{
	struct liteipc_pool *pool = process->pool;
	struct liteipc_task *task;

	if (!pool)
		return;
	list_for_each_entry(task, &process->tasks, node)
		liteipc_queue_drop(task);
	pool->process = NULL;
	process->pool = NULL;
	liteipc_pool_put(pool);
}

/* --- its mapping --- */

static void mapping_open(struct vm_area_struct *vma)
{
	liteipc_pool_get(vma->vm_private_data);
}

/* DEV-15: a process that has unmapped its pool is one that has not mapped it,
 * and may do so anew. A copy of the mapping, which only a process that asks
 * for it by madvise() gives its children, is nobody's pool.
 */
static void mapping_close(struct vm_area_struct *vma)
{
	struct liteipc_pool *pool = vma->vm_private_data;

	spin_lock(&liteipc_lock);
	if (pool->process && pool->mm == vma->vm_mm)
		liteipc_pool_leave(pool->process);
	spin_unlock(&liteipc_lock);
	liteipc_pool_put(pool);
}

/* A pool is unmapped as a whole or not at all, and stays where it is: its
 * address is in the messages that lie in it.
 */
static int mapping_may_split(struct vm_area_struct *vma, unsigned long address)
{
	return -EINVAL;
}

static int mapping_moves(struct vm_area_struct *vma)
{
	return -EINVAL;
}

static const struct vm_operations_struct mapping_operations = {
	.open = mapping_open,
	.close = mapping_close,
	.may_split = mapping_may_split,
	.mremap = mapping_moves,
};

static void change_flags(struct vm_area_struct *vma, unsigned long set, unsigned long clear)
{
#ifdef LITEIPC_HAS_VM_FLAGS_MOD
	vm_flags_mod(vma, set, clear);
#else
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
#endif
}

/* With the personality of old programs every mapping that can be read can
 * also be executed, and nobody can tell what was asked for.
 */
static bool is_for_reading(const struct vm_area_struct *vma)
{
	unsigned long access = vma->vm_flags & (VM_READ | VM_WRITE | VM_EXEC);

	return access == VM_READ ||
	       (access == (VM_READ | VM_EXEC) && (current->personality & READ_IMPLIES_EXEC));
}

/* DEV-8 to DEV-11; lengths of 0 and both or no kind of sharing (DEV-5, DEV-6)
 * the system call refuses. The caller has IPC state.
 */
static int judge_mapping(struct liteipc_process *process, const struct vm_area_struct *vma)
{
	unsigned long bytes = vma->vm_end - vma->vm_start;
	bool is_mapped;

	if (bytes > liteipc_pool_bytes_max)
		return -EINVAL;
	if (!is_for_reading(vma))
		return -EINVAL;
	if ((vma->vm_flags & VM_SHARED) || vma->vm_pgoff != 0)
		return -EINVAL;
	spin_lock(&liteipc_lock);
	is_mapped = !!process->pool;
	spin_unlock(&liteipc_lock);
	return is_mapped ? -EEXIST : 0;
}

static int insert_pages(struct vm_area_struct *vma, const struct liteipc_pool *pool)
{
	unsigned long at;
	int error = 0;

	for (at = 0; at < pool->bytes && error == 0; at += PAGE_SIZE)
		error = vm_insert_page(vma, vma->vm_start + at,
				       vmalloc_to_page(pool->memory + at));
	return error;
}

/* DEV-14. The mapping cannot be made writable or executable, and a child does
 * not get it (LIF-5).
 */
int liteipc_pool_map(struct liteipc_process *process, struct vm_area_struct *vma)
{
	struct liteipc_pool *pool;
	int error = judge_mapping(process, vma);

	if (error)
		return error;
	pool = pool_new(vma->vm_end - vma->vm_start);
	if (!pool)
		return -ENOMEM; /* DEV-12 */
	change_flags(vma, VM_DONTCOPY | VM_DONTEXPAND | VM_DONTDUMP,
		     VM_MAYWRITE | VM_MAYEXEC | VM_EXEC);
	error = insert_pages(vma, pool);
	if (error) {
		liteipc_pool_put(pool);
		return error == -ENOMEM ? error : -EINVAL;
	}

	pool->address = vma->vm_start;
	pool->mm = vma->vm_mm;
	pool->model = in_compat_syscall() ? &liteipc_ilp32 : &liteipc_native;
	spin_lock(&liteipc_lock);
	if (process->pool) {
		error = -EEXIST;
	} else {
		process->pool = pool;
		pool->process = process;
		liteipc_pool_get(pool);
		vma->vm_private_data = pool;
		vma->vm_ops = &mapping_operations;
	}
	spin_unlock(&liteipc_lock);
	if (error)
		liteipc_pool_put(pool);
	return error;
}

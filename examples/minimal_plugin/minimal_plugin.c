/* minimal_plugin.c: a small LiteIPC, unfinished on purpose, behind Touchstone's plug-in interface.
 * Read it from top to bottom as a tutorial.  It has the device, the pool, the CMS place, requests,
 * replies, sleeping and time-outs.  It has no CMS commands and no access rights (every live task
 * may be sent to), no objects in messages, no death notices, no fork and no exec: the verdicts say
 * so. */
#include <stdlib.h>
#include <string.h>
#include <touchstone/plugin.h>

/* 1. THE MACHINE.  Everything that exists lives in one struct, made afresh for each case.  Ids are
 * indices; they start at 1 and are not used twice. */
enum { TASKS = 128, PROCESSES = 64, PAGE_BYTES = 4096, SCRATCH_BYTES = 65536 };
#define SCRATCH_BASE 0x10000000u /* + task id * SCRATCH_BYTES */
#define POOL_BASE 0x40000000u    /* in each process, as each has an address space of its own */

/* A message in the receiver's pool: a header and data behind it.  `header` is the kernel's own
 * copy, the bytes in the pool are for the receiver to read. */
struct block {
  struct block* next_in_pool;  /* by address */
  struct block* next_in_queue; /* while it is queued */
  uint32_t offset, bytes;      /* in the pool */
  int delivered;               /* the receiver may give it back */
  struct touchstone_message32 header;
};

enum wait { AWAKE, WAITS_FOR_REQUEST, WAITS_FOR_REPLY };

struct task {
  int alive;
  uint32_t process;
  unsigned char* scratch;
  struct block* queue;
  enum wait wait;
  uint64_t sent_time, deadline; /* of the request whose reply it waits for */
  uint64_t argument;            /* of the call that sleeps or has ended */
  int64_t result;
};

struct process {
  int is_open;
  uint32_t main_task, ipc_thread, uid, gid;
  unsigned char* pool; /* NULL: not mapped */
  uint32_t pool_bytes;
  struct block* blocks;
};

struct touchstone_instance {
  struct process processes[PROCESSES];
  struct task tasks[TASKS];
  uint32_t last_process, last_task;
  uint64_t now; /* nanoseconds */
  uint32_t cms, cms_bytes_max;
  uint32_t woken; /* the task that this call woke */
};
typedef struct touchstone_instance Machine;

/* 2. USER MEMORY is simulated: an address is a number, and this finds the bytes behind it. */
static unsigned char* user_memory(Machine* m, uint32_t process, uint64_t address, uint64_t bytes,
                                  int to_write) {
  const struct process* p = &m->processes[process];
  uint64_t in_pool = address - POOL_BASE, in_scratch = address - SCRATCH_BASE;
  uint64_t owner = in_scratch / SCRATCH_BYTES;
  if (p->pool && !to_write && in_pool < p->pool_bytes && bytes <= p->pool_bytes - in_pool) {
    return p->pool + in_pool;
  }
  in_scratch %= SCRATCH_BYTES;
  if (owner >= TASKS || !m->tasks[owner].alive || m->tasks[owner].process != process) return NULL;
  return bytes <= SCRATCH_BYTES - in_scratch ? m->tasks[owner].scratch + in_scratch : NULL;
}

static int copy_in(Machine* m, uint32_t process, void* into, uint64_t address, uint64_t bytes) {
  const unsigned char* from = user_memory(m, process, address, bytes, 0);
  if (from) memcpy(into, from, bytes);
  return from != NULL;
}

static int copy_out(Machine* m, uint32_t process, uint64_t address, const void* from,
                    uint64_t bytes) {
  unsigned char* into = user_memory(m, process, address, bytes, 1);
  if (into) memcpy(into, from, bytes);
  return into != NULL;
}

/* 3. THE POOL: first fit, blocks in order of address. */
static struct block* pool_take(struct process* p, uint32_t bytes) {
  struct block **link = &p->blocks, *made;
  uint32_t offset = 0;
  bytes = (bytes + 7) & ~7u;
  for (; *link && (*link)->offset - offset < bytes; link = &(*link)->next_in_pool) {
    offset = (*link)->offset + (*link)->bytes;
  }
  if (p->pool_bytes - offset < bytes || !(made = calloc(1, sizeof *made))) return NULL;
  made->offset = offset;
  made->bytes = bytes;
  made->next_in_pool = *link;
  return *link = made;
}

static void pool_give_back(struct process* p, struct block* block) {
  struct block** link = &p->blocks;
  while (*link != block) link = &(*link)->next_in_pool;
  *link = block->next_in_pool;
  free(block);
}

static struct block* pop_message(struct task* task) {
  struct block* first = task->queue;
  if (first) task->queue = first->next_in_queue;
  return first;
}

static void release_pool(Machine* m, uint32_t process) {
  struct process* p = &m->processes[process];
  for (uint32_t id = 1; id <= m->last_task; ++id) {
    if (m->tasks[id].process == process) m->tasks[id].queue = NULL;
  }
  while (p->blocks) pool_give_back(p, p->blocks);
  free(p->pool);
  p->pool = NULL;
  p->pool_bytes = 0;
}

/* 4. SMALL QUESTIONS. */
static uint64_t read_clock(Machine* m) { return ++m->now; } /* never twice the same */
static struct process* process_of(Machine* m, uint32_t task) {
  return &m->processes[m->tasks[task].process];
}
static int is_alive(const Machine* m, uint32_t task) {
  return task > 0 && task < TASKS && m->tasks[task].alive;
}
/* 5. SENDING.  The checks come in the contract's order (spec/4-message.md): first all checks, then
 * all changes.  `request` is the buffer that this call gives back, if it was a request. */
static int reply_fits(const Machine* m, uint32_t task, const struct touchstone_message32* reply,
                      const struct block* request) {
  uint32_t server;
  if (!request || request->header.type != TOUCHSTONE_MT_REQUEST) return 0;
  if (request->header.flag == TOUCHSTONE_FLAG_ONEWAY) return 0;
  server = request->header.target_handle ? request->header.target_handle : m->cms;
  return reply->timestamp == request->header.timestamp &&
         reply->target_handle == request->header.task_id && is_alive(m, server) &&
         m->tasks[server].process == m->tasks[task].process;
}

static int check_message(Machine* m, uint32_t task, struct touchstone_message32* message,
                         const struct block* request) {
  if (message->type > TOUCHSTONE_MT_FAILED_REPLY) return -TOUCHSTONE_EINVAL;
  if (message->data_size > 0 && message->data == 0) return -TOUCHSTONE_EINVAL;
  if (message->object_count > 0) return -TOUCHSTONE_EINVAL; /* objects: not done yet */
  if (message->data_size > TOUCHSTONE_DATA_BYTES_MAX_32) return -TOUCHSTONE_EINVAL;
  if (message->type == TOUCHSTONE_MT_REQUEST) {
    if (message->target_handle != TOUCHSTONE_CMS_HANDLE && !is_alive(m, message->target_handle)) {
      return -TOUCHSTONE_EACCES; /* and so it should be without access: not done yet */
    }
    message->timestamp = read_clock(m);
    return 0;
  }
  if (!reply_fits(m, task, message, request)) return -TOUCHSTONE_EINVAL;
  return read_clock(m) > message->timestamp + TOUCHSTONE_REPLY_TIMEOUT_NS ? -TOUCHSTONE_ETIME : 0;
}

static void enqueue(Machine* m, uint32_t target, struct block* block) {
  struct block** link = &m->tasks[target].queue;
  while (*link) link = &(*link)->next_in_queue;
  *link = block;
  if (m->tasks[target].wait != AWAKE) m->woken = target;
}

static int send_message(Machine* m, uint32_t task, uint64_t address, const struct block* request,
                        uint64_t* timestamp) {
  struct process *sender = process_of(m, task), *receiver;
  struct touchstone_message32 message;
  const unsigned char* data;
  struct block* block;
  uint32_t target;
  int error;
  if (!copy_in(m, m->tasks[task].process, &message, address, sizeof message)) {
    return -TOUCHSTONE_EINVAL;
  }
  if ((error = check_message(m, task, &message, request)) != 0) return error;
  target = message.target_handle == TOUCHSTONE_CMS_HANDLE ? m->cms : message.target_handle;
  if (!is_alive(m, target)) return -TOUCHSTONE_EINVAL;
  receiver = process_of(m, target);
  if (!receiver->is_open) return -TOUCHSTONE_EINVAL;
  block = pool_take(receiver, (uint32_t)sizeof message + message.data_size);
  if (!block) return -TOUCHSTONE_ENOMEM;
  data = user_memory(m, m->tasks[task].process, message.data, message.data_size, 0);
  if (message.data_size > 0 && !data) {
    error = -TOUCHSTONE_EFAULT;
  } else if (message.type == TOUCHSTONE_MT_REQUEST && target == m->cms &&
             sizeof message + message.data_size > m->cms_bytes_max) {
    error = -TOUCHSTONE_EINVAL;
  }
  if (error) {
    pool_give_back(receiver, block);
    return error;
  }
  message.data = message.data_size ? POOL_BASE + block->offset + (uint32_t)sizeof message : 0;
  message.offsets = 0;
  message.process_id = m->tasks[task].process;
  message.task_id = task;
  message.user_id = sender->uid;
  message.group_id = sender->gid;
  block->header = message;
  memcpy(receiver->pool + block->offset, &message, sizeof message);
  if (data) memcpy(receiver->pool + block->offset + sizeof message, data, message.data_size);
  enqueue(m, target, block);
  *timestamp = message.timestamp;
  return 0;
}

/* 6. RECEIVING.  Goes through the queue until the call can end; TOUCHSTONE_BLOCKED if it cannot.
 * Sleeping is no more than staying in `wait`: whoever queues a message calls this again. */
static int receive(Machine* m, uint32_t id) {
  struct task* task = &m->tasks[id];
  struct process* p = process_of(m, id);
  struct block* block;
  while ((block = pop_message(task)) != NULL) {
    int is_reply = block->header.type != TOUCHSTONE_MT_REQUEST;
    int fits = task->wait == WAITS_FOR_REPLY
                   ? is_reply && block->header.timestamp == task->sent_time
                   : !is_reply;
    if (!fits) { /* thrown away, and the wait starts anew */
      pool_give_back(p, block);
      task->deadline = read_clock(m) + TOUCHSTONE_REPLY_TIMEOUT_NS;
      continue;
    }
    task->wait = AWAKE;
    task->result = 0;
    if (block->header.type == TOUCHSTONE_MT_FAILED_REPLY) {
      pool_give_back(p, block);
      task->result = -TOUCHSTONE_ENOENT;
    } else {
      uint32_t address = POOL_BASE + block->offset;
      block->delivered = 1;
      if (!copy_out(m, task->process,
                    task->argument + offsetof(struct touchstone_content32, in_message), &address,
                    sizeof address)) {
        task->result = -TOUCHSTONE_EFAULT;
      }
    }
    return TOUCHSTONE_DONE;
  }
  return TOUCHSTONE_BLOCKED;
}

/* 7. THE IOCTLS.  Each gives 0 or more, or minus an errno; send_receive also sleeps. */
static int64_t find_buffer(struct process* p, uint32_t address, struct block** found) {
  uint32_t offset = address - POOL_BASE;
  if (address == 0 || offset >= p->pool_bytes) return -TOUCHSTONE_EINVAL;
  for (struct block* block = p->blocks; block; block = block->next_in_pool) {
    if (block->offset == offset && block->delivered) *found = block;
  }
  return *found ? 0 : -TOUCHSTONE_EFAULT;
}

static int send_receive(Machine* m, uint32_t id, uint64_t argument, int64_t* result) {
  struct task* task = &m->tasks[id];
  struct touchstone_content32 content;
  struct block* given_back = NULL;
  uint64_t timestamp = 0;
  *result = -TOUCHSTONE_EINVAL;
  if (argument == 0 || m->cms == 0) return TOUCHSTONE_DONE;
  if (!copy_in(m, task->process, &content, argument, sizeof content)) return TOUCHSTONE_DONE;
  if (content.flag & TOUCHSTONE_BUFF_FREE) {
    *result = find_buffer(process_of(m, id), content.buffer_to_free, &given_back);
    if (*result != 0) return TOUCHSTONE_DONE;
  }
  *result = 0;
  if (content.flag & TOUCHSTONE_SEND) {
    *result = send_message(m, id, content.out_message, given_back, &timestamp);
  }
  if (given_back) pool_give_back(process_of(m, id), given_back);
  if (*result != 0 || !(content.flag & TOUCHSTONE_RECV)) return TOUCHSTONE_DONE;
  task->argument = argument;
  task->wait = content.flag & TOUCHSTONE_SEND ? WAITS_FOR_REPLY : WAITS_FOR_REQUEST;
  task->sent_time = timestamp;
  task->deadline = read_clock(m) + TOUCHSTONE_REPLY_TIMEOUT_NS;
  if (receive(m, id) == TOUCHSTONE_BLOCKED) return TOUCHSTONE_BLOCKED;
  *result = task->result;
  return TOUCHSTONE_DONE;
}

static int64_t set_cms(Machine* m, uint32_t id, uint64_t bytes) {
  if (bytes < TOUCHSTONE_CMS_MESSAGE_BYTES_MIN_ILP32) return -TOUCHSTONE_EINVAL;
  if (m->cms != 0) return -TOUCHSTONE_EEXIST;
  m->cms = id;
  m->cms_bytes_max = bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)bytes;
  return 0;
}

static int32_t plugin_ioctl(Machine* m, uint32_t id, uint64_t command, uint64_t argument,
                            int64_t* result) {
  struct process* p = process_of(m, id);
  const struct touchstone_version version = {TOUCHSTONE_DRIVER_VERSION};
  int state = TOUCHSTONE_DONE;
  if (!p->is_open) {
    *result = -TOUCHSTONE_EINVAL;
  } else if (!p->pool) {
    *result = -TOUCHSTONE_ENOMEM;
  } else if (command == TOUCHSTONE_IPC_SET_CMS) {
    *result = set_cms(m, id, argument);
  } else if (command == TOUCHSTONE_IPC_SET_IPC_THREAD) {
    *result = m->cms == 0 || p->ipc_thread != 0 ? -TOUCHSTONE_EINVAL : (int64_t)id;
    if (*result > 0) p->ipc_thread = id;
  } else if (command == TOUCHSTONE_IPC_GET_VERSION) {
    *result = argument == 0 ? -TOUCHSTONE_EINVAL : 0;
    if (argument && !copy_out(m, m->tasks[id].process, argument, &version, sizeof version)) {
      *result = -TOUCHSTONE_EFAULT;
    }
  } else if (command == TOUCHSTONE_IPC_SEND_RECV_MSG_32) {
    state = send_receive(m, id, argument, result);
  } else {
    *result = -TOUCHSTONE_EINVAL; /* and TOUCHSTONE_IPC_CMS_CMD: not done yet */
  }
  m->tasks[id].result = *result;
  /* The caller's call is over or asleep: now the task that it woke goes on. */
  if (m->woken) receive(m, m->woken);
  m->woken = 0;
  return state;
}

static int32_t plugin_poll(Machine* m, uint32_t task, int64_t* result) {
  *result = m->tasks[task].result;
  return m->tasks[task].wait == AWAKE ? TOUCHSTONE_DONE : TOUCHSTONE_BLOCKED;
}

static void plugin_advance(Machine* m, uint64_t nanoseconds) {
  m->now += nanoseconds;
  for (uint32_t id = 1; id <= m->last_task; ++id) {
    struct task* task = &m->tasks[id];
    if (task->wait != WAITS_FOR_REPLY || task->deadline > m->now) continue;
    task->wait = AWAKE;
    task->result = -TOUCHSTONE_ETIME;
  }
}

/* 8. THE DEVICE FILE. */
static int32_t plugin_open(Machine* m, uint32_t task) {
  process_of(m, task)->is_open = 1;
  return 0;
}

static int32_t plugin_close(Machine* m, uint32_t task) {
  (void)m;
  (void)task;
  return 0;
}

static int32_t plugin_mmap(Machine* m, uint32_t task, uint64_t bytes, uint32_t protection,
                           uint32_t flags, uint64_t* address) {
  struct process* p = process_of(m, task);
  if (bytes == 0 || bytes > TOUCHSTONE_POOL_BYTES_MAX) return -TOUCHSTONE_EINVAL;
  if (!p->is_open || protection != TOUCHSTONE_PROT_READ || flags != TOUCHSTONE_MAP_PRIVATE) {
    return -TOUCHSTONE_EINVAL;
  }
  if (p->pool) return -TOUCHSTONE_EEXIST;
  bytes = (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
  if (!(p->pool = calloc(1, bytes))) return -TOUCHSTONE_ENOMEM;
  p->pool_bytes = (uint32_t)bytes;
  *address = POOL_BASE;
  return 0;
}

static int32_t plugin_munmap(Machine* m, uint32_t task) {
  if (!process_of(m, task)->pool) return -TOUCHSTONE_EINVAL;
  release_pool(m, m->tasks[task].process);
  return 0;
}

/* 9. PROCESSES AND TASKS. */
static int32_t plugin_create_thread(Machine* m, uint32_t process, uint32_t* task) {
  if (m->last_task + 1 >= TASKS) return -TOUCHSTONE_EAGAIN;
  *task = ++m->last_task;
  m->tasks[*task].alive = 1;
  m->tasks[*task].process = process;
  m->tasks[*task].scratch = calloc(1, SCRATCH_BYTES);
  return m->tasks[*task].scratch ? 0 : -TOUCHSTONE_ENOMEM;
}

static int32_t plugin_spawn(Machine* m, uint32_t uid, uint32_t gid, uint32_t* process,
                            uint32_t* task) {
  struct process* p;
  if (m->last_process + 1 >= PROCESSES) return -TOUCHSTONE_EAGAIN;
  *process = ++m->last_process;
  p = &m->processes[*process];
  p->uid = uid;
  p->gid = gid;
  if (plugin_create_thread(m, *process, task) != 0) return -TOUCHSTONE_EAGAIN;
  p->main_task = *task;
  return 0;
}

static void end_task(Machine* m, uint32_t id) {
  struct task* task = &m->tasks[id];
  struct block* block;
  while ((block = pop_message(task)) != NULL) pool_give_back(process_of(m, id), block);
  free(task->scratch);
  task->scratch = NULL;
  task->alive = 0; /* and users of its service would get a death notice: not done yet */
  task->wait = AWAKE;
}

static int32_t plugin_exit_process(Machine* m, uint32_t process) {
  for (uint32_t id = 1; id <= m->last_task; ++id) {
    if (m->tasks[id].alive && m->tasks[id].process == process) end_task(m, id);
  }
  release_pool(m, process);
  m->processes[process].is_open = 0;
  return 0;
}

static int32_t plugin_exit_task(Machine* m, uint32_t task) {
  if (process_of(m, task)->main_task == task) return plugin_exit_process(m, m->tasks[task].process);
  end_task(m, task);
  return 0;
}

/* 10. WHAT TOUCHSTONE NEEDS BESIDES: arguments in user memory, and machines. */
static int32_t plugin_scratch(Machine* m, uint32_t task, struct touchstone_region* region) {
  (void)m;
  region->address = SCRATCH_BASE + task * SCRATCH_BYTES;
  region->bytes = SCRATCH_BYTES;
  return 0;
}

static int32_t plugin_read(Machine* m, uint32_t task, uint64_t address, void* into, size_t bytes) {
  int done = bytes == 0 || copy_in(m, m->tasks[task].process, into, address, bytes);
  return done ? 0 : -TOUCHSTONE_EFAULT;
}

static int32_t plugin_write(Machine* m, uint32_t task, uint64_t address, const void* from,
                            size_t bytes) {
  int done = bytes == 0 || copy_out(m, m->tasks[task].process, address, from, bytes);
  return done ? 0 : -TOUCHSTONE_EFAULT;
}

static Machine* plugin_create(void) {
  Machine* m = calloc(1, sizeof *m);
  if (m) m->now = 1000000000; /* it took a second to boot: no time is a small number or 0 */
  return m;
}

static void plugin_destroy(Machine* m) {
  for (uint32_t process = 1; process <= m->last_process; ++process) plugin_exit_process(m, process);
  free(m);
}

/* 11. THE TABLE: what it is, what it can, where its functions are.  All else is 0 and NULL. */
static const struct touchstone_plugin_table table = {
    .interface_version = TOUCHSTONE_PLUGIN_VERSION,
    .struct_bytes = sizeof(struct touchstone_plugin_table),
    .name = "minimal",
    .version = "1",
    .data_model = TOUCHSTONE_ILP32,
    .capabilities = TOUCHSTONE_CAP_VIRTUAL_TIME | TOUCHSTONE_CAP_CREDENTIALS,
    .task_limit = TASKS,
    .process_limit = PROCESSES,
    .page_bytes = PAGE_BYTES,
    .bad_address = 0x20000000u,
    .kernel_address = 0xc0000000u,
    .create = plugin_create,
    .destroy = plugin_destroy,
    .spawn = plugin_spawn,
    .create_thread = plugin_create_thread,
    .exit_task = plugin_exit_task,
    .exit_process = plugin_exit_process,
    .open = plugin_open,
    .close = plugin_close,
    .mmap = plugin_mmap,
    .munmap = plugin_munmap,
    .ioctl = plugin_ioctl,
    .poll = plugin_poll,
    .scratch = plugin_scratch,
    .read = plugin_read,
    .write = plugin_write,
    .advance = plugin_advance,
};

const struct touchstone_plugin_table* touchstone_plugin(void) { return &table; }

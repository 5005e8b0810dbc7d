// fake_device.h: the reference kernel as a device for programs that run with the shim preloaded: a
// thread that answers their calls over a socket.  What a daemon does well, it does just well
// enough for tests: one program at a time, no hostile clients.
#pragma once

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "conformance/reproduce/fake_device/fake_pools.h"
#include "conformance/reproduce/fake_device/fake_socket.h"
#include "conformance/reproduce/fake_device/fake_world.h"
#include "conformance/reproduce/fake_device/frames.h"
#include "reference/kernel/kernel.h"

namespace touchstone::fake {

class Device {
 public:
  // `path` is that of a file, which is made; the socket lies beside it, and so may the file that
  // makes an allocation fail.
  Device(std::string path, kernel::DataModel model, const kernel::Quirks& quirks, bool ids_reused)
      : path_(std::move(path)), kernel_(world_, kernel::abi_of(model), quirks) {
    if (ids_reused) kernel_.reuse_ids();
    world_.set_failure_file(path_ + ".fail");
    close(open(path_.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0666));
    chmod(path_.c_str(), 0666);  // whoever a process is
    listener_ = listen_at(path_ + ".socket");
    stop_ = eventfd(0, EFD_CLOEXEC);
    thread_ = std::thread([this] { serve(); });
  }
  ~Device() {
    eventfd_write(stop_, 1);
    thread_.join();
    for (const Client& client : clients_) close(client.socket);
    close(listener_);
    close(stop_);
  }
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

 private:
  struct Client {  // a task; of a task 0 only time is asked
    int socket = -1;
    pid_t pid = 0;
    kernel::TaskId task = 0;
    kernel::ProcessId process = 0;
    bool waits = false;
    std::vector<int> files = {};  // that go with the answer
    bool is_gone = false;
  };

  void serve();
  void accept_one();
  void hear(Client& client);
  void hang_up(Client& client);
  void answer_sleepers();
  fake_answer carry_out(Client& client, const fake_request& request);
  fake_answer hello(Client& client, const fake_request& request);
  fake_answer exec(Client& client);
  fake_answer map(Client& client, const fake_request& request);
  fake_answer sync(Client& client);
  void send(Client& client, fake_answer answer);
  static fake_answer value(std::int64_t value) {
    fake_answer answer{};
    answer.value = value;
    return answer;
  }

  const std::string path_;
  World world_;
  kernel::Kernel kernel_;
  int listener_ = -1;
  int stop_ = -1;
  std::vector<Client> clients_;
  Pools pools_;
  std::thread thread_;
};

// Ends are taken note of before calls: a program that has seen one relies on it.
inline void Device::serve() {
  constexpr int tick_ms = 20;
  for (;;) {
    std::vector<pollfd> events{{stop_, POLLIN, 0}, {listener_, POLLIN, 0}};
    for (const Client& client : clients_) events.push_back({client.socket, POLLIN, 0});
    poll(events.data(), events.size(), tick_ms);
    if (events[0].revents != 0) return;
    for (std::size_t i = 2; i < events.size(); ++i) {
      if ((events[i].revents & POLLHUP) != 0) hang_up(clients_[i - 2]);
    }
    for (std::size_t i = 2; i < events.size(); ++i) {
      if (events[i].revents == POLLIN) hear(clients_[i - 2]);
    }
    if (events[1].revents != 0) accept_one();
    kernel_.wake_expired();
    answer_sleepers();
    std::erase_if(clients_, [](const Client& client) { return client.is_gone; });
  }
}

inline void Device::accept_one() {
  Client client;
  client.socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  client.pid = pid_behind(client.socket);
  clients_.push_back(client);
}

inline void Device::hang_up(Client& client) {
  if (client.is_gone) return;
  close(client.socket);
  client.is_gone = true;
  // A task that ends alone has said so before.
  if (client.task == 0 || !kernel_.is_alive(client.task)) return;
  kernel_.exit_process(client.process);
  world_.end(client.process);
}

inline void Device::hear(Client& client) {
  if (client.is_gone) return;
  fake_request request{};
  if (recv(client.socket, &request, sizeof request, 0) != sizeof request) return hang_up(client);
  const fake_answer answer = carry_out(client, request);
  if (!client.waits) send(client, answer);
}

inline void Device::answer_sleepers() {
  for (Client& client : clients_) {
    if (client.is_gone || !client.waits || kernel_.last_call(client.task).blocked) continue;
    client.waits = false;
    send(client, value(kernel_.last_call(client.task).value));
  }
}

inline fake_answer Device::carry_out(Client& client, const fake_request& request) {
  switch (request.operation) {
    case fake_hello: return hello(client, request);
    case fake_fork: {
      const auto child = kernel_.fork(client.task);
      if (!child) return value(child.error().returned);
      world_.inherit(client.process, child->process);
      return value(child->task);
    }
    case fake_thread: {
      const auto task = kernel_.create_thread(client.process);
      return value(task ? std::int64_t{*task} : task.error().returned);
    }
    case fake_end: kernel_.exit_task(client.task); return value(0);
    case fake_exec: return exec(client);
    case fake_open: {
      const auto opened = kernel_.open(client.task);
      return value(opened ? 0 : opened.error().returned);
    }
    case fake_mmap: return map(client, request);
    case fake_ioctl: {
      const kernel::Answer answer = kernel_.ioctl(client.task, request.words[0], request.words[1]);
      client.waits = answer.blocked;
      return value(answer.value);
    }
    case fake_advance: world_.advance(request.words[0]); return value(0);
    case fake_sync: return sync(client);
    default: return value(-1);
  }
}

inline fake_answer Device::hello(Client& client, const fake_request& request) {
  client.task = static_cast<kernel::TaskId>(request.words[0]);
  if (client.task == 0) {
    const auto made = kernel_.spawn(static_cast<std::uint32_t>(request.words[1]),
                                    static_cast<std::uint32_t>(request.words[2]));
    if (!made) return value(made.error().returned);
    client.task = made->task;
  }
  client.process = kernel_.process_of(client.task);
  world_.set_pid(client.process, client.pid);
  fake_answer answer = value(client.task);
  answer.more = client.process;
  return answer;
}

// The others are no tasks any more, and never answered; their connections outlive their threads.
inline fake_answer Device::exec(Client& client) {
  kernel_.exec(client.task);
  for (Client& other : clients_) {
    if (other.process == client.process && other.task != client.task) {
      other.task = 0;
      other.waits = false;
    }
  }
  return value(0);
}

inline fake_answer Device::map(Client& client, const fake_request& request) {
  const auto has = [&request](int word, unsigned bit) { return (request.words[word] & bit) != 0; };
  const kernel::MapRequest asked{.bytes = request.words[0],
                                 .read = has(1, PROT_READ),
                                 .write = has(1, PROT_WRITE),
                                 .exec = has(1, PROT_EXEC),
                                 .shared = has(2, MAP_SHARED),
                                 .private_copy = has(2, MAP_PRIVATE)};
  const auto address = kernel_.mmap(client.task, asked);
  if (!address) return value(address.error().returned);
  const std::size_t bytes = kernel_.process(client.process).ipc->pool->bytes();
  fake_answer answer = value(static_cast<std::int64_t>(*address));
  answer.more = bytes;
  answer.file_count = 1;
  client.files.push_back(pools_.add(client.process, bytes));
  return answer;
}

// What is sent to a process is put there when it asks.
inline fake_answer Device::sync(Client& client) {
  Errands& errands = world_.errands_of(client.process);
  fake_answer answer{};
  for (const auto& [number, file] : errands.files) {
    if (answer.file_count == fake_files_max) break;
    answer.numbers[answer.file_count++] = number;
    client.files.push_back(file);
  }
  std::erase_if(errands.files, [&client](const auto& one) {
    return std::ranges::find(client.files, one.second) != client.files.end();
  });
  for (const std::uint32_t number : errands.closed) answer.closed[answer.closed_count++] = number;
  errands.closed.clear();
  return answer;
}

inline void Device::send(Client& client, fake_answer answer) {
  pools_.show(kernel_);
  send_answer(client.socket, answer, client.files);
  for (const int file : client.files) close(file);
  client.files.clear();
}

}  // namespace touchstone::fake

#include "daemon/server.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "daemon/packet_socket.h"
#include "reference/kernel/errors.h"

namespace touchstone::daemon {
namespace {

// What a descriptor in the epoll set is: the kind above, its number or a process id below.
constexpr std::uint64_t listener_kind = 1ull << 32, connection_kind = 2ull << 32,
                        process_kind = 3ull << 32, timer_kind = 4ull << 32,
                        signal_kind = 5ull << 32, doorbell_kind = 6ull << 32,
                        kind_mask = 0xffull << 32;
constexpr std::size_t strangers_max = 64;  // connections of those who have not said who they are

template <typename Structure>
std::span<const std::byte> bytes_of(const Structure& structure) {
  return std::as_bytes(std::span(&structure, 1));
}

bool has_ended(const epoll_event& event) { return (event.events & (EPOLLHUP | EPOLLERR)) != 0; }

bool is_thread_of(pid_t thread, pid_t process) {
  const std::string place = fmt::format("/proc/{}/task/{}", process, thread);
  return access(place.c_str(), F_OK) == 0;
}

}  // namespace

Server::Server(kernel::DataModel model, const Limits& limits, UniqueFd listener, const Log& log)
    : log_(log),
      broker_(model, limits, *this),
      listener_(std::move(listener)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      timer_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)),
      spare_(::open("/dev/null", O_RDONLY | O_CLOEXEC)),
      by_task_(limits.tasks),
      room_(LITEIPCD_PACKET_BYTES_MAX) {
  const bool is_drawn = getrandom(&instance_, sizeof instance_, 0) == sizeof instance_;
  CHECK(is_drawn, "a number for this run");
  if (instance_ == 0) instance_ = 1;
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  signals_ = UniqueFd(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  CHECK(epoll_ && timer_ && spare_ && signals_, "descriptors for the loop");
  watch(listener_.get(), listener_kind);
  watch(timer_.get(), timer_kind);
  watch(signals_.get(), signal_kind);
}

Server::~Server() = default;

void Server::watch(int descriptor, std::uint64_t what, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = what;
  CHECK(epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) == 0, "room to watch");
}

Server::Connection* Server::at(int socket) const {
  const auto index = static_cast<std::size_t>(socket);
  return index < connections_.size() ? connections_[index].get() : nullptr;
}

// Ends are taken note of before calls: who has seen one relies on it.  Who comes is let in last, so
// that no descriptor means two things in one round.
void Server::run() {
  std::array<epoll_event, 64> events;
  while (runs_) {
    const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
    CHECK(count >= 0 || errno == EINTR, "epoll_wait");
    const auto ready = std::span(events).first(static_cast<std::size_t>(std::max(count, 0)));
    for (const epoll_event& event : ready) {
      const std::uint64_t kind = event.data.u64 & kind_mask;
      if (kind == process_kind) end_process(static_cast<pid_t>(event.data.u64 & ~kind_mask));
      if (kind == connection_kind && has_ended(event)) receive_rest(event);
    }
    close_doomed();
    for (const epoll_event& event : ready) {
      const std::uint64_t kind = event.data.u64 & kind_mask;
      if (kind == signal_kind) runs_ = false;
      if (kind == timer_kind) timer_went_off();
      const bool is_doorbell = kind == doorbell_kind;
      if (!is_doorbell && (kind != connection_kind || has_ended(event))) continue;
      Connection* const one = at(static_cast<int>(event.data.u64 & ~kind_mask));
      if (one == nullptr || one->is_doomed) continue;
      is_doorbell ? receive_left(*one) : receive(*one);
    }
    close_doomed();
    if (std::ranges::any_of(ready, [](const auto& e) { return e.data.u64 == listener_kind; })) {
      accept_all();
    }
    set_timer();
    tell_watchers();
    to_wake_.wake_all();
  }
}

// What a peer that is gone had still sent, up to the end.
void Server::receive_rest(const epoll_event& event) {
  Connection* const one = at(static_cast<int>(event.data.u64 & ~kind_mask));
  while (one != nullptr && !one->is_doomed) receive(*one);
}

// The timer stays set for the first sleeper that there was, also where that one has its answer: it
// goes off once in the time that a sleep takes, not with each call.
void Server::set_timer() {
  if (timer_is_set_) return;
  const auto deadline = broker_.next_deadline();
  if (!deadline) return;
  itimerspec at{};
  at.it_value.tv_sec = static_cast<time_t>(*deadline / 1000000000);
  at.it_value.tv_nsec = static_cast<long>(*deadline % 1000000000);
  CHECK(timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &at, nullptr) == 0, "a timer");
  timer_is_set_ = true;
}

void Server::timer_went_off() {
  std::uint64_t times = 0;
  CHECK(read(timer_.get(), &times, sizeof times) == sizeof times, "it went off");
  timer_is_set_ = false;
  broker_.wake_expired();
}

void Server::accept_all() {
  for (;;) {
    const int socket = accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (socket < 0 && (errno == EMFILE || errno == ENFILE)) {
      spare_.reset();
      const UniqueFd refused(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      spare_ = UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
      log_.write(LogLevel::warning, "refused", "reason={}", Log::value("no descriptor is free"));
      if (refused) continue;
    }
    if (socket < 0) return;
    auto connection = std::make_unique<Connection>();
    connection->socket = UniqueFd(socket);
    const auto peer = peer_of(socket);
    const std::size_t most = broker_.limits().tasks + strangers_max;
    if (!peer || connection_count_ >= most) {
      log_.write(LogLevel::warning, "refused", "reason={}",
                 Log::value(peer ? "too many connections" : peer.error()));
      continue;
    }
    connection->peer = *peer;
    const auto index = static_cast<std::size_t>(socket);
    if (connections_.size() <= index) connections_.resize(index + 1);
    connections_[index] = std::move(connection);
    ++connection_count_;
    watch(socket, connection_kind | static_cast<std::uint64_t>(socket));
  }
}

void Server::receive(Connection& connection) {
  const std::size_t files_before = connection.files.size();
  const Received received = receive_packet(connection.socket.get(), room_, connection.files);
  if (received.kind == Received::Kind::nothing) return;
  if (received.kind == Received::Kind::end) return doom(connection);
  connection.has_lost_files |= received.has_lost_files;
  if (received.is_cut) return refuse(connection, "a packet that is too long");
  if (connection.is_busy) return refuse(connection, "a request before the last one's answer");

  const auto packet = std::span<const std::byte>(room_).first(received.bytes);
  std::size_t files = connection.files.size() - files_before;
  liteipcd_packet header{};
  if (received.has_lost_files && packet.size() >= sizeof header) {
    std::memcpy(&header, packet.data(), sizeof header);
    files = header.descriptor_count;
  }
  const Fault fault = decode_packet(packet, connection.body.size(), files, header);
  if (fault) return refuse(connection, *fault);
  if (connection.files.size() > LITEIPCD_DESCRIPTORS_MAX) {
    return refuse(connection, "too many descriptors with a request");
  }
  const auto bytes = packet.subspan(sizeof header);
  if (bytes.size() == header.body_bytes) {
    carry_out(connection, header.operation, bytes);
  } else {
    connection.body.insert(connection.body.end(), bytes.begin(), bytes.end());
    if (connection.body.size() < header.body_bytes) return;
    carry_out(connection, header.operation, connection.body);
    connection.body = {};
  }
  connection.files.clear();
  connection.has_lost_files = false;
}

// A request that has been left in the mailbox.  It is copied first: its client can still change it.
void Server::receive_left(Connection& connection) {
  const std::uint32_t bytes = connection.mailbox ? connection.mailbox->take_request() : 0;
  if (bytes == 0) return;
  const auto left = std::as_bytes(connection.mailbox->request());
  if (bytes > left.size()) return refuse(connection, fmt::format("a request of {} bytes", bytes));
  if (connection.is_busy || connection.is_placing || !connection.body.empty()) {
    return refuse(connection, "a request before the last one's answer");
  }
  std::memcpy(room_.data(), left.data(), bytes);
  ioctl(connection, std::span<const std::byte>(room_).first(bytes));
}

void Server::carry_out(Connection& connection, std::uint32_t operation,
                       std::span<const std::byte> body) {
  using State = Connection::State;
  const State state = connection.state;
  const bool is_place = operation == LITEIPCD_PLACED;
  if (operation != LITEIPCD_IOCTL && !connection.files.empty()) {
    return refuse(connection, "descriptors with what takes none");
  }
  if (state == State::task && connection.is_placing != is_place) {
    return refuse(connection, fmt::format("operation {} out of turn", operation));
  }
  if (state == State::fresh && operation == LITEIPCD_HELLO) return hello(connection, body);
  if (state != State::task && operation == LITEIPCD_CONTROL) return control(connection, body);
  if (state != State::task) {
    return refuse(connection, fmt::format("operation {} from a stranger", operation));
  }
  switch (operation) {
    case LITEIPCD_OPEN: return send_value(connection, operation, broker_.open(connection.task));
    case LITEIPCD_MMAP: return map(connection, body);
    case LITEIPCD_IOCTL: return ioctl(connection, body);
    case LITEIPCD_PLACED: return place(connection, body);
    default: return refuse(connection, fmt::format("operation {}", operation));
  }
}

void Server::hello(Connection& connection, std::span<const std::byte> body) {
  liteipcd_hello said{};
  if (const Fault fault = decode_hello(body, said)) return refuse(connection, *fault);
  const Peer& peer = connection.peer;
  const bool is_ilp32 = broker_.data_model() == kernel::DataModel::ilp32;
  liteipcd_welcome welcome{};
  welcome.instance = instance_;
  welcome.pointer_bytes = is_ilp32 ? 4 : 8;
  const auto thread = static_cast<pid_t>(said.thread);
  if (said.version != LITEIPCD_PROTOCOL_VERSION || said.pointer_bytes != welcome.pointer_bytes) {
    welcome.value = -EPROTONOSUPPORT;
  } else if (!is_thread_of(thread, peer.pid) || !watch_process(connection)) {
    welcome.value = -EPERM;
  } else {
    welcome.value = broker_.join(peer, said);
    if (welcome.value == -EEXIST) {  // a thread with the number of one whose end was not seen
      const kernel::TaskId old = broker_.processes().at(peer.pid).tasks.at(thread);
      if (by_task_[old] != nullptr) {
        doom(*by_task_[old]);
        leave(*by_task_[old]);
      }
      welcome.value = watch_process(connection) ? broker_.join(peer, said) : -EPERM;
    }
  }
  if (welcome.value >= 0) {
    connection.state = Connection::State::task;
    connection.task = static_cast<kernel::TaskId>(welcome.value);
    by_task_[connection.task] = &connection;
    welcome.task = connection.task;
    welcome.process = broker_.kernel().process_of(connection.task);
    welcome.value = 0;
  }
  welcome.task_limit = broker_.limits().tasks;
  welcome.process_limit = broker_.limits().processes;
  log_.write(LogLevel::debug, "hello", "pid={} thread={} task={} value={}", peer.pid, said.thread,
             welcome.task, welcome.value);
  if (welcome.value == 0 && said.has_mailbox != 0) connection.mailbox = Mailbox::make();
  if (!connection.mailbox) return send(connection, LITEIPCD_HELLO, bytes_of(welcome));
  // Each ring is an event of its own: nobody has to read the count.
  watch(connection.mailbox->doorbell()->get(),
        doorbell_kind | static_cast<std::uint64_t>(connection.socket.get()), EPOLLIN | EPOLLET);
  const std::array<SharedFd, 2> files{std::make_shared<UniqueFd>(connection.mailbox->take_file()),
                                      connection.mailbox->doorbell()};
  send(connection, LITEIPCD_HELLO, bytes_of(welcome), files);
}

// False: the process has ended already.
bool Server::watch_process(const Connection& connection) {
  const pid_t pid = connection.peer.pid;
  if (processes_.contains(pid)) return true;
  UniqueFd process = open_process(connection.socket.get(), pid);
  if (!process) return false;
  watch(process.get(), process_kind | static_cast<std::uint64_t>(pid));
  processes_[pid] = std::move(process);
  return true;
}

void Server::map(Connection& connection, std::span<const std::byte> body) {
  liteipcd_mmap request{};
  if (const Fault fault = decode_mmap(body, request)) return refuse(connection, *fault);
  UniqueFd pool;
  const std::int64_t value = broker_.mmap(connection.task, request, pool);
  std::vector<SharedFd> files;
  if (value == 0) files.push_back(std::make_shared<UniqueFd>(std::move(pool)));
  send_value(connection, LITEIPCD_MMAP, value, files);
}

void Server::ioctl(Connection& connection, std::span<const std::byte> body) {
  if (connection.has_lost_files) {
    log_.write(LogLevel::warning, "refused", "pid={} reason={}", connection.peer.pid,
               Log::value("no descriptor is free"));
    return answer(connection.task, {-ENOMEM, {}, {}, 0, {}});
  }
  if (const Fault fault = decode_ioctl(body, connection.files.size(), request_)) {
    return refuse(connection, *fault);
  }
  connection.is_busy = true;
  broker_.ioctl(connection.task, request_, connection.files);
}

void Server::answer(kernel::TaskId task, CallAnswer answer) {
  Connection* const connection = by_task_[task];
  if (connection == nullptr) return;
  struct {
    liteipcd_packet header;
    liteipcd_answer answer;
  } packet{};
  static_assert(sizeof packet == sizeof packet.header + sizeof packet.answer);
  packet.header = {LITEIPCD_IOCTL, sizeof packet.answer, 0, 0};
  packet.answer.value = answer.value;
  packet.answer.write_address = answer.written.address;
  packet.answer.write_bytes = answer.written.count;
  std::memcpy(packet.answer.written, answer.written.bytes.data(), answer.written.bytes.size());
  connection->is_busy = false;
  auto& mailbox = connection->mailbox;
  if (mailbox) mailbox->set_quiet(broker_.would_wait(task));
  if (!answer.files.empty()) {
    return answer_with_files(*connection, packet.answer, std::move(answer));
  }
  const auto waits = mailbox ? mailbox->answer(packet.answer) : Mailbox::Waits::at_socket;
  if (waits == Mailbox::Waits::here) to_wake_.add(*mailbox);
  if (waits != Mailbox::Waits::at_socket) return;
  if (!send_packet(connection->socket.get(), bytes_of(packet), {})) doom(*connection);
}

void Server::answer_with_files(Connection& connection, const liteipcd_answer& answer,
                               CallAnswer given) {
  liteipcd_answer head = answer;
  head.descriptor_count = static_cast<std::uint32_t>(given.files.size());
  const auto head_bytes = bytes_of(head);
  const auto places = std::as_bytes(std::span(given.places));
  std::vector<std::byte> body(head_bytes.begin(), head_bytes.end());
  body.insert(body.end(), places.begin(), places.end());
  connection.is_placing = true;
  send(connection, LITEIPCD_IOCTL, body, given.files);
  auto& mailbox = connection.mailbox;
  if (mailbox && mailbox->point_to_socket() == Mailbox::Waits::here) to_wake_.add(*mailbox);
  given.files.clear();
  connection.placing = std::move(given);
}

bool Server::has_posted(kernel::TaskId task) const {
  const Connection* const connection = by_task_[task];
  return connection != nullptr && connection->mailbox && connection->mailbox->has_posted();
}

std::optional<kernel::Address> Server::take_posted(kernel::TaskId task) {
  Connection* const connection = by_task_[task];
  if (connection == nullptr || !connection->mailbox) return std::nullopt;
  connection->mailbox->set_quiet(false);
  if (connection->is_busy || connection->is_placing) return std::nullopt;
  const auto argument = connection->mailbox->take_posted();
  connection->is_busy = argument.has_value();
  return argument;
}

void Server::place(Connection& connection, std::span<const std::byte> body) {
  std::vector<std::uint32_t> numbers;
  if (const Fault fault = decode_placed(body, numbers)) return refuse(connection, *fault);
  const CallAnswer placing = std::exchange(connection.placing, {});
  if (numbers.size() != placing.places.size()) {
    return refuse(connection, fmt::format("{} numbers for {} descriptors", numbers.size(),
                                          placing.places.size()));
  }
  connection.is_placing = false;
  broker_.place(connection.task, placing.message, placing.places, numbers);
  send_value(connection, LITEIPCD_PLACED, placing.value);
}

void Server::control(Connection& connection, std::span<const std::byte> body) {
  const uid_t user = connection.peer.uid;
  if (user != 0 && user != geteuid()) return refuse(connection, "control by another user");
  connection.state = Connection::State::control;
  const std::string_view question(reinterpret_cast<const char*>(body.data()), body.size());
  const auto text = Trace::is_for(question) ? trace_.ask(connection.socket.get(), question)
                                            : answer_control(question, broker_);
  connection.is_busy = !text;
  if (text) send(connection, LITEIPCD_CONTROL, std::as_bytes(std::span(*text)));
}

void Server::tell_watchers() {
  for (const auto& [socket, text] : trace_.news()) {
    Connection& watcher = *at(socket);
    watcher.is_busy = false;
    send(watcher, LITEIPCD_CONTROL, std::as_bytes(std::span(text)));
  }
  close_doomed();
}

void Server::send_value(Connection& connection, std::uint32_t operation, std::int64_t value,
                        std::span<const SharedFd> files) {
  liteipcd_answer answer{};
  answer.value = value;
  answer.descriptor_count = static_cast<std::uint32_t>(files.size());
  send(connection, operation, bytes_of(answer), files);
}

// In as many packets as it takes; a peer that does not read has asked for more than it can take.
void Server::send(Connection& connection, std::uint32_t operation, std::span<const std::byte> body,
                  std::span<const SharedFd> files) {
  constexpr std::size_t part_max = LITEIPCD_PACKET_BYTES_MAX - sizeof(liteipcd_packet);
  constexpr std::size_t files_max = LITEIPCD_PACKET_DESCRIPTORS_MAX;
  const std::size_t packets =
      std::max({(body.size() + part_max - 1) / part_max, (files.size() + files_max - 1) / files_max,
                std::size_t{1}});
  const std::size_t share = (body.size() + packets - 1) / packets;
  std::vector<std::byte> packet;
  for (std::size_t from = 0, i = 0; i < packets; ++i, from += share) {
    const auto part = body.subspan(from, std::min(share, body.size() - from));
    const auto with_it = files.first(std::min(files.size(), files_max));
    files = files.subspan(with_it.size());
    const liteipcd_packet header{operation, static_cast<std::uint32_t>(body.size()),
                                 static_cast<std::uint32_t>(from),
                                 static_cast<std::uint32_t>(with_it.size())};
    const auto head = bytes_of(header);
    packet.assign(head.begin(), head.end());
    packet.insert(packet.end(), part.begin(), part.end());
    if (!send_packet(connection.socket.get(), packet, with_it)) return doom(connection);
  }
}

void Server::refuse(Connection& connection, const std::string& reason) {
  log_.write(LogLevel::warning, "malformed", "pid={} uid={} reason={}", connection.peer.pid,
             connection.peer.uid, Log::value(reason));
  doom(connection);
}

void Server::doom(Connection& connection) {
  if (!std::exchange(connection.is_doomed, true)) doomed_.push_back(&connection);
}

// Ends bring answers to others, and some of those may turn out to be gone.
void Server::close_doomed() {
  for (std::size_t i = 0; i < doomed_.size(); ++i) {
    Connection& connection = *doomed_[i];
    leave(connection);
    trace_.leave(connection.socket.get());
    if (connection.mailbox) {  // its client may hold the doorbell for longer
      epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, connection.mailbox->doorbell()->get(), nullptr);
    }
    connections_[static_cast<std::size_t>(connection.socket.get())].reset();
    --connection_count_;
  }
  doomed_.clear();
}

// The task of a connection ends, and with a main one its process.
void Server::leave(Connection& connection) {
  if (connection.state != Connection::State::task) return;
  connection.state = Connection::State::control;  // a task no more
  if (by_task_[connection.task] != &connection) return;
  by_task_[connection.task] = nullptr;
  broker_.leave(connection.task);
  if (!broker_.processes().contains(connection.peer.pid)) end_process(connection.peer.pid);
}

void Server::end_process(pid_t pid) {
  log_.write(LogLevel::debug, "process-ended", "pid={}", pid);
  processes_.erase(pid);
  for (const auto& connection : connections_) {
    if (!connection || connection->peer.pid != pid) continue;
    if (connection->state == Connection::State::task) by_task_[connection->task] = nullptr;
    doom(*connection);
  }
  broker_.end_process(pid);
}

}  // namespace touchstone::daemon

#include "adapter/backends/agent_link.h"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace touchstone {
namespace {

using std::chrono::milliseconds;

// How long the other end may take nothing of an order.
constexpr milliseconds send_time_max{30000};
// How long a program may take to end once its line is closed.
constexpr milliseconds end_time_max{5000};

std::string last_error() { return ::strerrordesc_np(errno); }

std::unexpected<std::string> failed(const std::string& what) {
  return std::unexpected(what + ": " + last_error());
}

bool is_ready(int descriptor, short events, milliseconds time_max) {
  pollfd watched{.fd = descriptor, .events = events, .revents = 0};
  const auto most = std::min<milliseconds::rep>(time_max.count(), 60000);
  return ::poll(&watched, 1, static_cast<int>(most)) > 0;
}

class DescriptorStream : public AgentStream {
 public:
  explicit DescriptorStream(int descriptor) : descriptor_(descriptor) {}
  DescriptorStream(const DescriptorStream&) = delete;
  DescriptorStream& operator=(const DescriptorStream&) = delete;
  ~DescriptorStream() override { close(); }

  bool send(std::span<const std::byte> bytes) override {
    while (!bytes.empty()) {
      if (!is_ready(descriptor_, POLLOUT, send_time_max)) return false;
      const ssize_t put = put_some(bytes);
      if (put < 0 && errno != EINTR && errno != EAGAIN) return false;
      if (put > 0) bytes = bytes.subspan(static_cast<std::size_t>(put));
    }
    return true;
  }

  Received receive(std::span<std::byte> into, milliseconds time_max) override {
    using Kind = Received::Kind;
    if (!is_ready(descriptor_, POLLIN, time_max)) return {Kind::none_in_time, 0};
    const ssize_t got = ::read(descriptor_, into.data(), into.size());
    if (got > 0) return {Kind::bytes, static_cast<std::size_t>(got)};
    const bool goes_on = got < 0 && (errno == EINTR || errno == EAGAIN);
    return {goes_on ? Kind::none_in_time : Kind::ended, 0};
  }

 protected:
  void close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }

 private:
  // A reader that is gone is an error and no signal; a terminal has none to send.
  ssize_t put_some(std::span<const std::byte> bytes) const {
    const ssize_t put =
        ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (put >= 0 || errno != ENOTSOCK) return put;
    return ::write(descriptor_, bytes.data(), bytes.size());
  }

  int descriptor_;
};

class ProgramStream : public DescriptorStream {
 public:
  ProgramStream(int descriptor, pid_t program) : DescriptorStream(descriptor), program_(program) {}
  ProgramStream(const ProgramStream&) = delete;
  ProgramStream& operator=(const ProgramStream&) = delete;
  ~ProgramStream() override {
    close();
    await_end();
  }

  std::string end_in_words() override {
    await_end();
    if (WIFSIGNALED(status_)) return "signal " + std::to_string(WTERMSIG(status_));
    return "exit status " + std::to_string(WEXITSTATUS(status_));
  }

 private:
  void await_end() {
    if (program_ <= 0) return;
    const auto process = static_cast<int>(::syscall(SYS_pidfd_open, program_, 0));
    // What it started in its own process group ends with it.
    if (process < 0 || !is_ready(process, POLLIN, end_time_max)) ::kill(-program_, SIGKILL);
    if (process >= 0) ::close(process);
    while (::waitpid(program_, &status_, 0) < 0 && errno == EINTR) {
    }
    program_ = 0;
  }

  pid_t program_;
  int status_ = 0;
};

// In the child of a process that may have threads: nothing here takes a lock.
[[noreturn]] void be_program(int line, char* const* words) {
  ::setpgid(0, 0);
  ::dup2(line, STDIN_FILENO);
  ::dup2(line, STDOUT_FILENO);
  ::execvp(words[0], words);
  ::_exit(127);
}

std::expected<int, std::string> raw_line(const std::string& device) {
  const int line = ::open(device.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (line < 0) return failed(device);
  termios settings{};
  if (::tcgetattr(line, &settings) == 0) {
    ::cfmakeraw(&settings);
    settings.c_cflag |= CLOCAL | CREAD;
    settings.c_cc[VMIN] = 1;
    settings.c_cc[VTIME] = 0;
    ::cfsetispeed(&settings, B115200);
    ::cfsetospeed(&settings, B115200);
    if (::tcsetattr(line, TCSAFLUSH, &settings) == 0) return line;
  }
  auto failure = failed(device);
  ::close(line);
  return failure;
}

}  // namespace

OpenedStream start_agent_program(const std::vector<std::string>& words) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return failed("socketpair");
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t program = ::fork();
  if (program == 0) be_program(ends[1], arguments.data());
  ::close(ends[1]);
  if (program < 0) {
    auto failure = failed("fork");
    ::close(ends[0]);
    return failure;
  }
  ::setpgid(program, program);  // whoever comes first
  return std::make_unique<ProgramStream>(ends[0], program);
}

OpenedStream connect_to_path(const std::string& path) {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  if (path.size() >= sizeof to.sun_path) return std::unexpected(path + ": the path is too long");
  path.copy(to.sun_path, sizeof to.sun_path - 1);
  const int line = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (line < 0) return failed("socket");
  auto stream = std::make_unique<DescriptorStream>(line);
  if (::connect(line, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) return failed(path);
  return stream;
}

OpenedStream connect_to_port(const std::string& host, const std::string& port) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), port.c_str(), &wanted, &found); error != 0) {
    return std::unexpected(host + ":" + port + ": " + ::gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, ::freeaddrinfo);
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    const int line = ::socket(one->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (line < 0) continue;
    auto stream = std::make_unique<DescriptorStream>(line);
    if (::connect(line, one->ai_addr, one->ai_addrlen) == 0) return stream;
  }
  return failed(host + ":" + port);
}

OpenedStream open_serial_line(const std::string& device) {
  const auto line = raw_line(device);
  if (!line) return std::unexpected(line.error());
  return std::make_unique<DescriptorStream>(*line);
}

}  // namespace touchstone

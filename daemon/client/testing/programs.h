// programs.h: for tests with a real daemon: starts liteipcd on a socket of its own, and programs
// beside it, and waits for their ends.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace touchstone::client {

// Environment of a program, beside the own one: NAME=VALUE.
using Words = std::vector<std::string>;

// A program that runs; killed and waited for at the end.
class Program {
 public:
  Program() = default;
  // What it prints can be read line by line.
  explicit Program(Words words, const Words& environment = {}) {
    int pipe_ends[2] = {-1, -1};
    if (pipe2(pipe_ends, O_CLOEXEC) != 0) return;
    Words variables = environment;
    for (char** one = environ; *one != nullptr; ++one) variables.emplace_back(*one);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], 1);
    const int error = posix_spawn(&pid_, words[0].c_str(), &actions, nullptr,
                                  pointers(words).data(), pointers(variables).data());
    posix_spawn_file_actions_destroy(&actions);
    close(pipe_ends[1]);
    output_ = pipe_ends[0];
    if (error != 0) pid_ = -1;
  }
  Program(Program&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)), output_(std::exchange(other.output_, -1)) {}
  Program& operator=(Program&& other) noexcept {
    std::swap(pid_, other.pid_);
    std::swap(output_, other.output_);
    return *this;
  }
  ~Program() {
    if (pid_ > 0) end(SIGKILL);
    if (output_ >= 0) close(output_);
  }

  pid_t pid() const { return pid_; }
  // Empty at the end of what it prints.
  std::string line() const {
    std::string text;
    char letter = 0;
    while (read(output_, &letter, 1) == 1 && letter != '\n') text += letter;
    return text;
  }
  // What its exit status is, or minus the signal that ended it.
  int wait() {
    int status = 0;
    waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  int end(int signal) {
    kill(pid_, signal);
    return wait();
  }

 private:
  static std::vector<char*> pointers(Words& words) {
    std::vector<char*> all;
    for (std::string& word : words) all.push_back(word.data());
    all.push_back(nullptr);
    return all;
  }

  pid_t pid_ = -1;
  int output_ = -1;
};

// A daemon on a socket in a folder of its own; $LITE_IPC_SOCKET names it.
class Daemon {
 public:
  explicit Daemon(const std::string& data_model = sizeof(void*) == 4 ? "ilp32" : "lp64") {
    std::string name = (std::filesystem::temp_directory_path() / "lite_ipc.XXXXXX").string();
    folder_ = mkdtemp(name.data());
    socket_ = (folder_ / "socket").string();
    std::ofstream(folder_ / "liteipcd.toml")
        << "data_model = \"" << data_model << "\"\nlog_level = \"error\"\n";
    setenv("LITE_IPC_SOCKET", socket_.c_str(), 1);
    start();
  }
  ~Daemon() {
    stop();
    std::filesystem::remove_all(folder_);
  }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  const std::filesystem::path& folder() const { return folder_; }
  const std::string& socket() const { return socket_; }
  pid_t pid() const { return program_.pid(); }

  // Gives when it says that it is ready.
  void start() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = (folder_ / "notify").string();
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    unlink(path.c_str());
    const int notify = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bind(notify, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    program_ =
        Program({LITEIPCD, "--config", (folder_ / "liteipcd.toml").string(), "--socket", socket_},
                {"NOTIFY_SOCKET=" + path});
    char text[256];
    ASSERT_GT(recv(notify, text, sizeof text, 0), 0);
    close(notify);
  }
  void stop(int signal = SIGKILL) {
    if (program_.pid() > 0) program_.end(signal);
  }

 private:
  std::filesystem::path folder_;
  std::string socket_;
  Program program_;
};

// Runs a piece of a test in a process of its own, in which the library has not been used; what
// fails there fails here.
inline pid_t start_process(const std::function<void()>& body) {
  const pid_t child = fork();
  if (child != 0) return child;
  body();
  std::fflush(nullptr);
  // A sanitizer would look for the threads that were not copied.
  syscall(SYS_exit_group, testing::Test::HasFailure() ? 1 : 0);
  return child;
}
inline void expect_success(pid_t process) {
  int status = -1;
  EXPECT_EQ(waitpid(process, &status, 0), process);
  EXPECT_EQ(status, 0);
}
inline void in_process(const std::function<void()>& body) { expect_success(start_process(body)); }

}  // namespace touchstone::client

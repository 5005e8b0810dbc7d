// unique_fd.h: a file descriptor with one owner.
#pragma once

#include <unistd.h>

#include <memory>
#include <utility>

namespace touchstone::daemon {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int number) : number_(number) {}
  UniqueFd(UniqueFd&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      reset();
      number_ = std::exchange(other.number_, -1);
    }
    return *this;
  }
  ~UniqueFd() { reset(); }

  int get() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }
  void reset() {
    if (number_ >= 0) close(number_);
    number_ = -1;
  }

 private:
  int number_ = -1;
};

// One that several hold; the last of them closes it.
using SharedFd = std::shared_ptr<const UniqueFd>;

}  // namespace touchstone::daemon

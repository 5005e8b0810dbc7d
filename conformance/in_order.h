// in_order.h: several workers, results one by one in the order of their numbers.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace touchstone {

// Calls work(0) to work(count - 1), `workers` at one time, and hands each result to `take` in this
// thread, in order, until that says false; what has begun by then is finished and dropped.  With
// one worker all of it happens in this thread.
template <typename Work, typename Take>
void in_order(std::size_t count, std::uint32_t workers, const Work& work, const Take& take) {
  if (workers <= 1) {
    for (std::size_t i = 0; i < count; ++i) {
      if (!take(work(i))) return;
    }
    return;
  }
  std::mutex mutex;
  std::condition_variable is_there;
  std::map<std::size_t, decltype(work(0))> done;
  std::size_t next = 0;
  bool goes_on = true;
  {
    std::vector<std::jthread> threads;
    for (std::uint32_t i = 0; i < std::min<std::size_t>(workers, count); ++i) {
      threads.emplace_back([&] {
        std::unique_lock lock(mutex);
        while (goes_on && next < count) {
          const std::size_t index = next++;
          lock.unlock();
          auto result = work(index);
          lock.lock();
          done.emplace(index, std::move(result));
          is_there.notify_one();
        }
      });
    }
    std::unique_lock lock(mutex);
    for (std::size_t i = 0; i < count && goes_on; ++i) {
      is_there.wait(lock, [&] { return done.contains(i); });
      auto result = std::move(done.extract(i).mapped());
      lock.unlock();
      const bool wants_more = take(std::move(result));
      lock.lock();
      goes_on = wants_more;
    }
  }
}

}  // namespace touchstone

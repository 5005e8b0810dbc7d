#include "fuzz/agent_trial.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "adapter/abi.h"
#include "adapter/backends/agent_backend.h"
#include "fuzz/input_bytes.h"

extern "C" {
#include "agent/frames.h"
#include "agent/orders.h"
}

namespace touchstone::fuzz {
namespace {

using Bytes = std::vector<std::byte>;
using State = AgentFrameFound::State;

constexpr std::size_t calls_max = 64;
constexpr std::int64_t errno_max = 4095;

// The first law that is broken is the one that is told.
struct Laws {
  AgentVerdict verdict;

  void require(bool holds, std::string law, std::string detail = "") {
    if (holds || !verdict.broken_law.empty()) return;
    verdict.broken_law = std::move(law);
    verdict.detail = std::move(detail);
  }
};

Bytes copy_of(std::span<const std::uint8_t> bytes) {
  const auto copied = std::as_bytes(bytes);
  return {copied.begin(), copied.end()};
}

// One bit at least is another.
void spoil(Bytes& frame, InputBytes& input) {
  const std::size_t at = input.number(2) % frame.size();
  const std::uint8_t mask = input.byte();
  frame[at] ^= std::byte{mask == 0 ? std::uint8_t{1} : mask};
}

std::optional<AgentOrder> order_of_type(unsigned type) {
  if (type == 0 || type >= order_types_end) return std::nullopt;
  return static_cast<AgentOrder>(type);
}

// --- answers to the harness ---

// An agent that is an input: what it answers, and in which way that is wrong.
class InputAgent : public AgentStream {
 public:
  InputAgent(InputBytes& input, Laws& laws) : input_(input), laws_(laws) {}

  bool send(std::span<const std::byte> bytes) override {
    const AgentFrameFound order = find_agent_frame(bytes);
    check_order(bytes);
    answer_ = order.state == State::whole ? answer_to(order.frame) : Bytes{};
    at_ = 0;
    return true;
  }
  Received receive(std::span<std::byte> into, std::chrono::milliseconds) override {
    if (at_ == answer_.size()) return {Received::Kind::ended, 0};
    const std::size_t count = std::min(into.size(), answer_.size() - at_);
    std::copy_n(answer_.begin() + static_cast<std::ptrdiff_t>(at_), count, into.begin());
    at_ += count;
    return {Received::Kind::bytes, count};
  }

  bool is_last_spoilt() const { return is_last_spoilt_; }

 private:
  // What the harness sends is an order for the agent's side too.
  void check_order(std::span<const std::byte> bytes) {
    struct frame frame{};
    struct order order{};
    const char* what = nullptr;
    const auto* first = reinterpret_cast<const std::uint8_t*>(bytes.data());
    const bool is_whole = decode_frame(first, bytes.size(), &frame, &what) == frame_is_whole;
    laws_.require(is_whole && frame.bytes == bytes.size(), "an order is no frame for the agent",
                  what == nullptr ? "" : what);
    if (!is_whole) return;
    what = decode_order(&frame, ++sequence_, &order);
    laws_.require(what == nullptr, "an order is none for the agent", what == nullptr ? "" : what);
  }

  // The lowest bits of a byte say how: 0 to 4 right, 5 spoilt, 6 another frame, 7 any bytes.
  Bytes answer_to(const AgentFrame& order) {
    const unsigned how = input_.byte();
    const auto type = order_of_type(order.type);
    is_last_spoilt_ = false;
    if (how % 8 == 7 || !type) {
      Bytes bytes = copy_of(input_.take(input_.byte()));
      is_last_spoilt_ = find_agent_frame(bytes).state != State::whole;
      return bytes;
    }
    AgentFrame answer{static_cast<std::uint8_t>(order.type | TOUCHSTONE_AGENT_ANSWER),
                      order.sequence, payload(*type, order, (how & 8) != 0)};
    if (how % 8 == 6) {
      answer.type = input_.byte();
      answer.sequence += input_.byte();
    }
    Bytes frame = encode_agent_frame(answer);
    if (how % 8 == 5) {
      spoil(frame, input_);
      is_last_spoilt_ = true;
    }
    return frame;
  }

  Bytes payload(AgentOrder type, const AgentFrame& order, bool is_plain) {
    const AgentShape& shape = shape_of(type);
    Bytes bytes(8 * shape.answer_words);
    if (type == AgentOrder::hello && is_plain) {
      constexpr std::array<std::uint64_t, 11> words{0,    0,          every_capability, 1, 128, 64,
                                                    4096, 0x0f000000, 0xffffe000,       0, 0};
      for (std::size_t i = 0; i < words.size(); ++i) store_u64(bytes, 8 * i, words[i]);
    } else {
      for (std::size_t i = 0; i < shape.answer_words; ++i) store_u64(bytes, 8 * i, word());
    }
    std::size_t behind = shape.answer_bytes_max == 0 ? 0 : input_.byte();
    if (type == AgentOrder::read && is_plain) behind = load_u64(order.payload, 16);
    const Bytes more = copy_of(input_.take(std::min<std::size_t>(behind, 65536)));
    bytes.insert(bytes.end(), more.begin(), more.end());
    bytes.resize(8 * shape.answer_words + behind);
    return bytes;
  }

  // Of so many bytes as the first one says; 9 and above: minus a small number.
  std::uint64_t word() {
    const unsigned bytes = input_.byte();
    return bytes <= 8 ? input_.number(bytes) : ~std::uint64_t{bytes};
  }

  InputBytes& input_;
  Laws& laws_;
  Bytes answer_;
  std::size_t at_ = 0;
  std::uint32_t sequence_ = 0;
  bool is_last_spoilt_ = false;
};

class HarnessTrial {
 public:
  HarnessTrial(InputBytes& input, Laws& laws) : input_(input), laws_(laws) {}

  void run() {
    auto agent = std::make_unique<InputAgent>(input_, laws_);
    const InputAgent& stream = *agent;
    auto session = std::make_unique<AgentSession>(std::move(agent), AgentOptions{});
    const auto hello = begin_conversation(*session);
    laws_.require(!hello || !stream.is_last_spoilt(), "a spoilt answer is taken", "hello");
    if (!hello) return laws_.require(!hello.error().empty(), "an end has no reason", "hello");
    is_wide_ = hello->info.data_model == DataModel::lp64;
    const auto backend = make_agent_backend(std::move(session), *hello);
    for (std::size_t calls = 0; !input_.is_empty() && calls < calls_max; ++calls) {
      call(*backend);
      const auto lost = backend->lost();
      laws_.require(lost || !stream.is_last_spoilt(), "a spoilt answer is taken");
      if (lost) return look_at_lost(*backend, *lost);
      laws_.verdict.is_understood = true;
    }
  }

 private:
  void call(Backend& backend) {
    const unsigned which = input_.byte();
    const std::uint32_t whose = input_.byte();
    switch (which % 16) {
      case 0: return take(backend, backend.spawn(0, 0));
      case 1: return take(backend, backend.fork(whose));
      case 2: return take(backend, backend.create_thread(whose));
      case 3: return take(backend.exit_task(whose));
      case 4: return take(backend.exit_process(whose));
      case 5: return take(backend.exec(whose));
      case 6: return take(backend.open(whose));
      case 7: return take(backend.close(whose));
      case 8: return take(backend.mmap(whose, 4096, 1, 2));
      case 9: return take(backend.munmap(whose));
      case 10: return take(backend, backend.ioctl(whose, input_.number(4), input_.number(4)));
      case 11: return take(backend, backend.poll(whose));
      case 12: return read(backend, whose);
      case 13: return write(backend, whose);
      case 14: return look_at_descriptors(backend, whose);
      default: backend.advance(input_.number(2)); return;
    }
  }

  template <typename T>
  void take(const OrErrno<T>& result) {
    laws_.require(result || (result.error() > 0 && result.error() <= errno_max),
                  "what failed has no errno");
  }
  void take(Backend& backend, const OrErrno<NewTask>& made) {
    take(made);
    if (!made || backend.lost()) return;
    laws_.require(made->process != 0, "a process has the id 0");
    look_at_task(backend, made->task);
  }
  void take(Backend& backend, const OrErrno<std::uint32_t>& task) {
    take(task);
    if (task && !backend.lost()) look_at_task(backend, *task);
  }
  void take(Backend&, const Completion& completion) {
    laws_.require(completion.value >= -errno_max, "a call gives minus no errno");
  }
  void look_at_task(Backend& backend, std::uint32_t task) {
    const Region area = backend.scratch(task);
    const std::uint64_t most = is_wide_ ? UINT64_MAX : UINT32_MAX;
    laws_.require(task != 0, "a task has the id 0");
    laws_.require(area.address != 0 && area.bytes >= 65536 && area.address <= most &&
                      area.bytes - 1 <= most - area.address,
                  "a task has memory that cannot be");
  }
  void read(Backend& backend, std::uint32_t whose) {
    Bytes bytes(input_.byte());
    backend.read(whose, input_.number(4), bytes);
  }
  void write(Backend& backend, std::uint32_t whose) {
    const Bytes bytes = copy_of(input_.take(input_.byte()));
    backend.write(whose, input_.number(4), bytes);
  }
  void look_at_descriptors(Backend& backend, std::uint32_t whose) {
    take(backend.open_descriptor(whose));
    backend.descriptor_identity(whose, 3);
    backend.descriptor_count(whose);
  }
  void look_at_lost(Backend& backend, const std::string& reason) {
    laws_.require(!reason.empty(), "an end has no reason");
    backend.open(1);
    laws_.require(backend.lost() == reason, "the reason of an end changes", reason);
  }

  InputBytes& input_;
  Laws& laws_;
  bool is_wide_ = false;
};

// --- frames for both sides ---

class FrameTrial {
 public:
  FrameTrial(const AgentFunctions& functions, InputBytes& input, Laws& laws)
      : functions_(functions), input_(input), laws_(laws) {}

  void run() {
    for (std::uint32_t sequence = 1; !input_.is_empty(); ++sequence) {
      const unsigned how = input_.byte();
      Bytes bytes = how % 4 == 3 ? copy_of(input_.take(input_.number(2))) : frame(sequence);
      if (how % 4 == 1) spoil(bytes, input_);
      if (how % 4 == 2) bytes.resize(input_.number(2) % (bytes.size() + 1));
      compare(bytes, sequence, how % 4 == 1);
    }
  }

 private:
  Bytes frame(std::uint32_t sequence) {
    const std::uint8_t type = input_.byte();
    const std::uint8_t other = input_.byte();
    return encode_agent_frame(
        {type, other < 240 ? sequence : other, copy_of(input_.take(input_.number(1)))});
  }

  void compare(const Bytes& bytes, std::uint32_t sequence, bool is_spoilt) {
    const AgentFrameFound found = functions_.find(bytes);
    // A block of its own, so that a reader that goes on behind its end is seen.
    const std::unique_ptr<std::uint8_t[]> block(new std::uint8_t[bytes.size()]);
    std::ranges::transform(bytes, block.get(), std::to_integer<std::uint8_t>);
    struct frame other{};
    const char* what = nullptr;
    const frame_state state = decode_frame(block.get(), bytes.size(), &other, &what);
    laws_.require(state_of(state) == found.state, "two sides see another state of a frame",
                  std::string(found.what));
    laws_.require(!is_spoilt || found.state == State::noise || found.state == State::broken,
                  "a spoilt frame is taken");
    if (state != frame_is_whole || found.state != State::whole) return;
    laws_.verdict.is_understood = true;
    laws_.require(
        other.type == found.frame.type && other.sequence == found.frame.sequence &&
            other.bytes == found.bytes &&
            std::ranges::equal(std::as_bytes(std::span(other.payload, other.payload_bytes)),
                               found.frame.payload),
        "two sides read another frame");
    compare_order(other, found.frame, sequence);
  }

  static State state_of(frame_state state) {
    switch (state) {
      case frame_is_whole: return State::whole;
      case frame_is_short: return State::incomplete;
      case frame_is_noise: return State::noise;
      case frame_is_broken: break;
    }
    return State::broken;
  }

  void compare_order(const struct frame& frame, const AgentFrame& same, std::uint32_t sequence) {
    struct order order{};
    const char* const what = decode_order(&frame, sequence, &order);
    const auto type = order_of_type(same.type);
    bool fits = type && same.sequence == sequence;
    if (fits) {
      const AgentShape& shape = shape_of(*type);
      fits = same.payload.size() >= 8 * shape.words &&
             same.payload.size() <= 8 * shape.words + shape.bytes_max;
    }
    laws_.require(fits == (what == nullptr), "two sides see another order",
                  what == nullptr ? "" : what);
    if (what != nullptr || !fits) return;
    for (std::size_t i = 0; i < shape_of(*type).words; ++i) {
      laws_.require(order.words[i] == load_u64(same.payload, 8 * i), "an order has other words");
    }
    laws_.require(order.byte_count == same.payload.size() - 8 * shape_of(*type).words,
                  "an order has other bytes");
  }

  const AgentFunctions& functions_;
  InputBytes& input_;
  Laws& laws_;
};

}  // namespace

AgentVerdict try_agent_line(const AgentFunctions& functions, std::span<const std::uint8_t> bytes) {
  InputBytes input(bytes);
  Laws laws;
  if (input.byte() % 2 == 0) {
    HarnessTrial(input, laws).run();
  } else {
    FrameTrial(functions, input, laws).run();
  }
  return std::move(laws.verdict);
}

}  // namespace touchstone::fuzz

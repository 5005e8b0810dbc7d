#include "conformance/userspace/parcel_frame.h"

#include <cstring>
#include <type_traits>

namespace touchstone::userspace {
namespace {

class Encoder {
 public:
  template <typename Value>
  void operator()(const Value& value) {
    if constexpr (std::is_trivially_copyable_v<Value>) {
      bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    } else {
      (*this)(static_cast<std::uint64_t>(value.size()));
      const auto* first = reinterpret_cast<const char*>(value.data());
      if (!value.empty()) bytes_.append(first, value.size() * sizeof value[0]);
    }
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : bytes_(bytes) {}

  template <typename Value>
  void operator()(Value& value) {
    if constexpr (std::is_trivially_copyable_v<Value>) {
      take(&value, sizeof value);
    } else {
      std::uint64_t count = 0;
      (*this)(count);
      if (count > bytes_.size() / sizeof value[0]) {
        is_right_ = false;
        return;
      }
      value.resize(count);
      take(value.data(), count * sizeof value[0]);
    }
  }
  bool is_right() const { return is_right_ && bytes_.empty(); }

 private:
  void take(void* to, std::size_t count) {
    if (count > bytes_.size()) {
      is_right_ = false;
      return;
    }
    if (count > 0) std::memcpy(to, bytes_.data(), count);
    bytes_.remove_prefix(count);
  }

  std::string_view bytes_;
  bool is_right_ = true;
};

// Every field, in one order for both.
template <typename Coder, typename Frame>
void code(Coder& coder, Frame& frame) {
  auto& shown = frame.shown;
  coder(frame.sequence);
  coder(shown.result);
  coder(shown.number);
  coder(shown.bytes);
  coder(shown.at);
  coder(shown.count);
  coder(shown.service);
  coder(shown.size);
  coder(shown.address);
  coder(shown.numbers);
  coder(shown.state);
  coder(shown.lacks);
}

}  // namespace

std::string encode_frame(const ParcelFrame& frame) {
  Encoder encoder;
  code(encoder, frame);
  return encoder.take();
}

std::optional<ParcelFrame> decode_frame(std::string_view bytes) {
  ParcelFrame frame;
  Decoder decoder(bytes);
  code(decoder, frame);
  if (!decoder.is_right()) return std::nullopt;
  return frame;
}

}  // namespace touchstone::userspace

#include "adapter/outcome_bytes.h"

#include <concepts>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

namespace touchstone {
namespace {

template <typename T, typename Plain>
concept MaybeConst = std::same_as<std::remove_const_t<T>, Plain>;

// Writer and Reader take the same calls, so that each structure's fields are listed once, below.
class Writer {
 public:
  template <typename T>
    requires std::integral<T> || std::is_enum_v<T>
  void operator()(const T& value) {
    char raw[sizeof(T)];
    std::memcpy(raw, &value, sizeof(T));
    bytes_.append(raw, sizeof(T));
  }
  template <typename Enum>
  void choice(const Enum& value, Enum) {
    (*this)(value);
  }
  void operator()(const std::string& text) {
    (*this)(static_cast<std::uint32_t>(text.size()));
    bytes_ += text;
  }
  void operator()(const std::vector<std::byte>& data) {
    (*this)(static_cast<std::uint32_t>(data.size()));
    for (const std::byte byte : data) bytes_ += static_cast<char>(byte);
  }
  template <typename T, typename Each>
  void list(const std::vector<T>& items, Each each) {
    (*this)(static_cast<std::uint32_t>(items.size()));
    for (const T& item : items) each(*this, item);
  }
  template <typename T, typename Each>
  void maybe(const std::optional<T>& item, Each each) {
    (*this)(static_cast<std::uint8_t>(item.has_value()));
    if (item) each(*this, *item);
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  template <typename T>
    requires std::integral<T> || std::is_enum_v<T>
  void operator()(T& value) {
    const std::string_view raw = next(sizeof(T));
    if (failed_) return;
    std::memcpy(&value, raw.data(), sizeof(T));
  }
  // An enumeration whose values go from 0 to `last`.
  template <typename Enum>
  void choice(Enum& value, Enum last) {
    std::underlying_type_t<Enum> number{};
    (*this)(number);
    if (number > static_cast<std::underlying_type_t<Enum>>(last)) failed_ = true;
    if (!failed_) value = static_cast<Enum>(number);
  }
  void operator()(std::string& text) { text = next(count()); }
  void operator()(std::vector<std::byte>& data) {
    for (const char character : next(count())) data.push_back(static_cast<std::byte>(character));
  }
  template <typename T, typename Each>
  void list(std::vector<T>& items, Each each) {
    // Grows item by item: a wild count ends at the end of the bytes, not of the memory.
    for (std::uint32_t left = count(); left > 0 && !failed_; --left)
      each(*this, items.emplace_back());
  }
  template <typename T, typename Each>
  void maybe(std::optional<T>& item, Each each) {
    std::uint8_t present = 0;
    (*this)(present);
    if (present > 1) failed_ = true;
    if (present == 1) each(*this, item.emplace());
  }
  bool ended_well() const { return !failed_ && rest_.empty(); }

 private:
  std::uint32_t count() {
    std::uint32_t value = 0;
    (*this)(value);
    return value;
  }
  std::string_view next(std::size_t bytes) {
    if (failed_ || rest_.size() < bytes) {
      failed_ = true;
      return {};
    }
    const std::string_view taken = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return taken;
  }

  std::string_view rest_;
  bool failed_ = false;
};

struct Fields {
  template <typename Archive, MaybeConst<TaskValue> T>
  void operator()(Archive& archive, T& value) const {
    archive.choice(value.kind, TaskValue::Kind::kernel);
    archive(value.value);
  }

  template <typename Archive, MaybeConst<FileOrigin> T>
  void operator()(Archive& archive, T& origin) const {
    archive(origin.process);
    archive(origin.descriptor);
  }

  template <typename Archive, MaybeConst<ReceivedMessage::Defect> T>
  void operator()(Archive& archive, T& defect) const {
    archive(defect.clause);
    archive(defect.text);
  }

  template <typename Archive, MaybeConst<ReceivedObject> T>
  void operator()(Archive& archive, T& object) const {
    archive(object.offset);
    archive.choice(object.kind, ObjectKind::other);
    archive(object.descriptor);
    archive.maybe(object.origin, *this);
    archive(object.bytes);
    (*this)(archive, object.handle);
    archive(object.token);
    archive(object.cookie);
    archive(object.type);
  }

  template <typename Archive, MaybeConst<ReceivedMessage> T>
  void operator()(Archive& archive, T& message) const {
    archive(message.name);
    archive(message.type);
    (*this)(archive, message.to);
    (*this)(archive, message.token);
    archive(message.cookie);
    archive(message.code);
    archive(message.flag);
    (*this)(archive, message.from_task);
    (*this)(archive, message.from_process);
    archive(message.uid);
    archive(message.gid);
    archive(message.time);
    archive(message.data);
    archive.list(message.objects, *this);
    archive.list(message.defects, *this);
  }

  template <typename Archive, MaybeConst<Outcome> T>
  void operator()(Archive& archive, T& outcome) const {
    archive.choice(outcome.kind, Outcome::Kind::lost);
    archive(outcome.value);
    (*this)(archive, outcome.task);
    (*this)(archive, outcome.message);
    archive(outcome.reason);
  }
};

}  // namespace

std::string encode_outcome(const Outcome& outcome) {
  Writer writer;
  Fields{}(writer, outcome);
  return writer.take();
}

std::optional<Outcome> decode_outcome(std::string_view bytes) {
  Reader reader(bytes);
  Outcome outcome;
  Fields{}(reader, outcome);
  if (!reader.ended_well()) return std::nullopt;
  return outcome;
}

}  // namespace touchstone

#include "conformance/userspace/parcel_reproducer.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "conformance/userspace/parcel_c_text.h"
#include "conformance/userspace/parcel_text.h"

namespace touchstone::userspace {
namespace {

using Aspect = ParcelAspect;
using Result = ParcelShown::Result;
using Shape = ParcelShape;
using Source = ParcelOperation::Source;

// Of a place that a read must leave as it was.
constexpr std::uint64_t untouched_bytes = 0x5c5c5c5c5c5c5c5c;

// Writes the body of main(), and remembers what it needs in front of it.
class Program {
 public:
  Program(const ParcelCase& one, const ParcelLibraryNote& note) : one_(one), note_(note) {
    for (std::size_t index = 0; index < one.operations.size(); ++index) add(index);
  }

  std::string text(const ReproducerText& about) const;

 private:
  bool is_newer() const { return one_.api == ParcelApi::newer; }
  void line(const std::string& text) { body_ += "  " + text + "\n"; }
  // Declares the function that the operation calls, and gives its name.
  std::string declared(const ParcelOperation& operation, const std::string& result,
                       const std::string& parameters);
  std::string array(const std::vector<std::byte>& bytes);
  std::string io() const { return is_null_ ? "NULL" : "&io"; }

  void add(std::size_t index);
  void add_init(const ParcelOperation& init);
  void add_message(const ParcelOperation& message);
  void add_push(const ParcelOperation& push);
  std::string push_call(const ParcelOperation& push);
  std::string counted_push_call(const ParcelOperation& push);
  std::string number_argument(const ParcelOperation& push, const std::string& type);
  void add_pop(const ParcelOperation& pop);
  void add_number_pop(const ParcelOperation& pop);
  void add_counted_pop(const ParcelOperation& pop);
  void add_object_pop(const ParcelOperation& pop);
  void add_append(const ParcelOperation& append);
  void add_free();
  void add_copy();
  void check(Aspect aspect, const char* what, const std::string& got, std::uint64_t wanted);
  void check_bytes(const std::string& from, const std::string& is_there,
                   const ParcelExpectation& expected);
  void check_table();
  void check_state();
  const ParcelExpectation& expected() const { return expected_; }

  const ParcelCase& one_;
  const ParcelLibraryNote& note_;
  ParcelExpectation expected_;
  std::size_t index_ = 0;
  bool is_null_ = false;
  bool has_buffer_ = false;  // an init over one
  bool needs_message_ = false;
  bool needs_freed_ = false;
  bool needs_buffer_ = false;
  bool needs_service_ = false;
  std::vector<std::string> prototypes_;
  std::string arrays_;
  std::size_t array_count_ = 0;
  std::string body_;
};

std::string Program::declared(const ParcelOperation& operation, const std::string& result,
                              const std::string& parameters) {
  const std::string name = function_of(operation, one_.api);
  const std::string space = result.ends_with('*') ? "" : " ";
  const std::string prototype = fmt::format("{}{}{}({});", result, space, name, parameters);
  if (std::ranges::find(prototypes_, prototype) == prototypes_.end()) {
    prototypes_.push_back(prototype);
  }
  return name;
}

// The name of an array of these bytes; without bytes it has one that is not used.
std::string Program::array(const std::vector<std::byte>& bytes) {
  const std::string name = fmt::format("bytes{}", array_count_++);
  arrays_ += c_array(name, bytes);
  return name;
}

void Program::add(std::size_t index) {
  const ParcelOperation& operation = one_.operations[index];
  index_ = index;
  expected_ = {};
  const auto& alternatives = one_.expected[index];
  if (!alternatives.empty()) expected_ = alternatives.front();
  // Either is right: no program can say which.
  if (alternatives.size() > 1) expected_.stated = {Aspect::used, Aspect::left, Aspect::flag};
  line("");
  line(fmt::format("step = \"{}\";",
                   c_escaped(print_parcel_operation(operation, one_.data_model), 60)));
  switch (operation.verb) {
    case ParcelVerb::init: add_init(operation); break;
    case ParcelVerb::message: add_message(operation); break;
    case ParcelVerb::push: add_push(operation); break;
    case ParcelVerb::pop: add_pop(operation); break;
    case ParcelVerb::append: add_append(operation); break;
    case ParcelVerb::free_buffers: add_free(); break;
    case ParcelVerb::copy: add_copy(); break;
    case ParcelVerb::use_null: is_null_ = true; break;
    case ParcelVerb::show_data: check_bytes("io.bufferBase", "1", expected_); break;
    case ParcelVerb::show_table: check_table(); break;
  }
  if (!is_null_) check_state();
  if (has_buffer_) line("check_outside();");
}

void Program::add_init(const ParcelOperation& init) {
  is_null_ = false;
  const std::string name = declared(init, "void", "IpcIo *, void *, size_t, size_t");
  if (init.source == Source::null) {
    return line(fmt::format("{}(&io, NULL, {}u, {}u);", name, init.size, init.objects));
  }
  has_buffer_ = true;
  line(fmt::format("{}(&io, guarded({}u, 16, {}u), {}u, {}u);", name, init.size, init.at, init.size,
                   init.objects));
}

void Program::add_message(const ParcelOperation& message) {
  is_null_ = false;
  has_buffer_ = false;
  const std::string data =
      message.source == Source::null
          ? "NULL"
          : fmt::format("copied({}, {}u)", array(message.bytes), message.bytes.size());
  const std::string table =
      message.offsets.empty()
          ? "NULL"
          : fmt::format("copied({}, {}u)", array(words_of(message.offsets, one_.data_model)),
                        message.offsets.size() * word_bytes(one_.data_model));
  if (is_newer()) {
    line("memset(&io, 0, sizeof io);");
    line(fmt::format("io.bufferBase = io.bufferCur = {};", data));
    line(fmt::format("io.offsetsBase = io.offsetsCur = {};", table));
    line(fmt::format("io.bufferLeft = {}u;", message.bytes.size()));
    line(fmt::format("io.offsetsLeft = {}u;", message.offsets.size()));
    line("io.flag = 1;");
    return;
  }
  needs_message_ = true;
  const std::string name = declared(message, "void", "IpcIo *, const IpcMsg *");
  line(fmt::format("message.data = {};", data));
  line(fmt::format("message.dataSz = {}u;", message.bytes.size()));
  line(fmt::format("message.offsets = {};", table));
  line(fmt::format("message.spObjNum = {}u;", message.offsets.size()));
  line(fmt::format("{}(&io, &message);", name));
}

void Program::add_push(const ParcelOperation& push) {
  const std::string call = push_call(push);
  if (!is_newer()) return line(call + ";");
  line(fmt::format("result = {};", call));
  check(Aspect::result, "result", "result", expected().shown.number);
}

std::string Program::number_argument(const ParcelOperation& push, const std::string& type) {
  const std::uint64_t value = as_value(push.type, push.number, one_.data_model);
  if (push.type == ParcelType::float32) {
    return fmt::format("((union {{ uint32_t bits; float value; }}){{0x{:x}u}}).value", value);
  }
  if (push.type == ParcelType::float64) {
    return fmt::format("((union {{ uint64_t bits; double value; }}){{0x{:x}u}}).value", value);
  }
  return fmt::format("({})0x{:x}u", type, value);
}

std::string Program::push_call(const ParcelOperation& push) {
  const std::string result = is_newer() ? "bool" : "void";
  const bool is_null = push.source == Source::null;
  switch (info_of(push.type).shape) {
    case Shape::number: {
      const std::string type = c_type(push.type);
      const std::string name = declared(push, result, "IpcIo *, " + type);
      return fmt::format("{}({}, {})", name, io(), number_argument(push, type));
    }
    case Shape::descriptor:
      return fmt::format("{}({}, 0x{:x}u)", declared(push, result, "IpcIo *, uint32_t"), io(),
                         push.number & 0xffffffff);
    case Shape::service: {
      needs_service_ = true;
      const std::string name = declared(push, result, "IpcIo *, const SvcIdentity *");
      if (is_null) return fmt::format("{}({}, NULL)", name, io());
      return fmt::format("{}({}, &(SvcIdentity){{{}, {}u, {}u}})", name, io(),
                         c_handle(push.service.handle, is_newer()), push.service.token,
                         push.service.cookie);
    }
    case Shape::buffer: {
      needs_buffer_ = true;
      needs_freed_ = needs_freed_ || push.with_free;
      const std::string buffer = is_null
                                     ? "NULL"
                                     : fmt::format("&(BuffPtr){{{}u, (void *)(uintptr_t)0x{:x}u}}",
                                                   push.size, push.address);
      const std::string name =
          declared(push, result,
                   push.with_free ? "IpcIo *, const BuffPtr *, void (*)(void *)"
                                  : "IpcIo *, const BuffPtr *");
      return fmt::format("{}({}, {}{})", name, io(), buffer, push.with_free ? ", note_freed" : "");
    }
    case Shape::string:
    case Shape::bytes:
    case Shape::units:
    case Shape::vector: return counted_push_call(push);
  }
  return {};
}

std::string Program::counted_push_call(const ParcelOperation& push) {
  const std::string result = is_newer() ? "bool" : "void";
  const bool is_string = push.type == ParcelType::string;
  std::vector<std::byte> bytes = push.bytes;
  if (is_string) bytes.push_back(std::byte{0});
  std::string from = "NULL";
  if (push.source == Source::self) from = "io.bufferCur";
  if (push.source == Source::value) {
    from = fmt::format("copied({}, {}u)", array(bytes), bytes.size());
  }
  if (is_string) {
    return fmt::format("{}({}, {})", declared(push, result, "IpcIo *, const char *"), io(), from);
  }
  const char* const size = is_newer() ? "size_t" : "uint32_t";
  const std::string name = declared(push, result, fmt::format("IpcIo *, const void *, {}", size));
  return fmt::format("{}({}, {}, {}u)", name, io(), from, stated_length(push));
}

void Program::add_pop(const ParcelOperation& pop) {
  line("{");
  switch (info_of(pop.type).shape) {
    case Shape::number:
    case Shape::descriptor: add_number_pop(pop); break;
    case Shape::string:
    case Shape::bytes:
    case Shape::units:
    case Shape::vector: add_counted_pop(pop); break;
    case Shape::service:
    case Shape::buffer: add_object_pop(pop); break;
  }
  line("}");
}

void Program::add_number_pop(const ParcelOperation& pop) {
  const std::string type = c_type(pop.type);
  const std::uint32_t bytes = value_bytes(pop.type, one_.data_model);
  const bool gives_value =
      !is_newer() || pop.type == ParcelType::pointer || pop.type == ParcelType::descriptor;
  line(fmt::format("  {} value;", type));
  if (gives_value) {
    line(fmt::format("  value = {}({});", declared(pop, type, "IpcIo *"), io()));
  } else {
    const std::string name = declared(pop, "bool", fmt::format("IpcIo *, {} *", type));
    line("  memset(&value, 0x5c, sizeof value);");
    line(fmt::format("  result = {}({}, &value);", name, io()));
    check(Aspect::result, "result", "result", expected().shown.result == Result::untouched ? 0 : 1);
  }
  line("  bits = 0;");
  line("  memcpy(&bits, &value, sizeof value);");
  if (expected().is_any_true) return check(Aspect::result, "is true", "bits != 0", 1);
  const std::uint64_t mask = bytes == 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * bytes)) - 1;
  const bool is_untouched = expected().shown.result == Result::untouched;
  check(Aspect::result, is_untouched ? "value left as it was" : "value", "bits",
        (is_untouched ? untouched_bytes : expected().shown.number) & mask);
}

void Program::add_counted_pop(const ParcelOperation& pop) {
  const ParcelShown& shown = expected().shown;
  const bool asks_bytes = pop.type == ParcelType::buffer || pop.type == ParcelType::raw;
  const std::string size = pop.type == ParcelType::flat_obj ? "uint32_t" : "size_t";
  if (asks_bytes) {
    const std::string name = declared(pop, "const void *", "IpcIo *, size_t");
    line(fmt::format("  const char *place = {}({}, {}u);", name, io(), pop.size));
  } else {
    const std::string name = declared(pop, "const void *", fmt::format("IpcIo *, {} *", size));
    line(fmt::format("  {} count = unset;", size));
    line(fmt::format("  const char *place = {}({}, {});", name, io(),
                     pop.with_count ? "&count" : "NULL"));
    line("  (void)count;");
  }
  const bool is_place = shown.result == Result::place;
  check(Aspect::result, "is null", "place == NULL", is_place ? 0 : 1);
  if (!asks_bytes && pop.with_count) {
    const std::string wanted =
        shown.count ? fmt::format("{}u", *shown.count) : fmt::format("({})unset", size);
    if (expected().stated.has(Aspect::count)) {
      line(fmt::format("  check(\"count\", count, {});", wanted));
    }
  }
  if (!is_place) return;
  if (shown.at) check(Aspect::at, "at", "place - (const char *)io.bufferBase", *shown.at);
  check_bytes("place", "place != NULL", expected());
}

void Program::add_object_pop(const ParcelOperation& pop) {
  const ParcelShown& shown = expected().shown;
  const bool is_service = pop.type == ParcelType::service;
  const char* const type = is_service ? "SvcIdentity" : "BuffPtr";
  (is_service ? needs_service_ : needs_buffer_) = true;
  line(fmt::format("  {} value;", type));
  line("  memset(&value, 0x5c, sizeof value);");
  const bool is_there = shown.result == Result::service || shown.result == Result::buffer;
  if (is_newer()) {
    const std::string name = declared(pop, "bool", fmt::format("IpcIo *, {} *", type));
    line(fmt::format("  result = {}({}, &value);", name, io()));
    check(Aspect::result, "result", "result", is_there ? 1 : 0);
  } else {
    line(fmt::format("  const char *place = {}({});", declared(pop, "const void *", "IpcIo *"),
                     io()));
    check(Aspect::result, "is null", "place == NULL", is_there ? 0 : 1);
    line("  if (place != NULL) memcpy(&value, place, sizeof value);");
    if (shown.at) check(Aspect::at, "at", "place - (const char *)io.bufferBase", *shown.at);
  }
  if (shown.result == Result::untouched) {
    return check(Aspect::result, "handle left as it was", "(uint32_t)value.handle",
                 untouched_bytes & 0xffffffff);
  }
  if (!is_there) return;
  if (is_service) {
    check(Aspect::result, "handle", "(uint32_t)value.handle", shown.service.handle);
    check(Aspect::result, "token", "value.token", shown.service.token);
    check(Aspect::result, "cookie", "value.cookie", shown.service.cookie);
  } else {
    check(Aspect::result, "size", "value.buffSz", shown.size);
    check(Aspect::result, "address", "(uintptr_t)value.buff", shown.address);
  }
}

void Program::add_append(const ParcelOperation& append) {
  const std::string name = declared(append, "bool", "IpcIo *, const IpcIo *");
  const std::size_t word = word_bytes(one_.data_model);
  line("memset(&other, 0, sizeof other);");
  line(
      fmt::format("other.bufferBase = copied({}, {}u);", array(append.bytes), append.bytes.size()));
  line(fmt::format("other.bufferCur = (char *)other.bufferBase + {}u;", append.bytes.size()));
  line(fmt::format("other.bufferLeft = {}u;",
                   append.size - append.objects * word - append.bytes.size()));
  line(fmt::format("other.offsetsBase = copied({}, {}u);",
                   array(words_of(append.offsets, one_.data_model)), append.offsets.size() * word));
  line(fmt::format("other.offsetsCur = (char *)other.offsetsBase + {}u;",
                   append.offsets.size() * word));
  line(fmt::format("other.offsetsLeft = {}u;", append.objects - append.offsets.size()));
  line("other.flag = 1;");
  line(fmt::format("result = {}({}, &other);", name, io()));
  check(Aspect::result, "result", "result", expected().shown.number);
}

void Program::add_free() {
  needs_freed_ = true;
  const std::string name = declared({.verb = ParcelVerb::free_buffers}, "void", "IpcIo *");
  line("freed_count = 0;");
  line(fmt::format("{}({});", name, io()));
  const std::vector<std::uint64_t>& addresses = expected().shown.numbers;
  check(Aspect::result, "number of calls", "freed_count", addresses.size());
  for (std::size_t index = 0; index < addresses.size(); ++index) {
    check(Aspect::result, "freed", fmt::format("(uintptr_t)freed[{}]", index), addresses[index]);
  }
}

void Program::add_copy() {
  line("other = io;");
  line("memset(&io, 0xdd, sizeof io);");
  line("io = other;");
}

void Program::check(Aspect aspect, const char* what, const std::string& got, std::uint64_t wanted) {
  if (!expected().stated.has(aspect)) return;
  line(fmt::format("  check(\"{}\", (uint64_t)({}), 0x{:x}u);", what, got, wanted));
}

void Program::check_bytes(const std::string& from, const std::string& is_there,
                          const ParcelExpectation& expected) {
  const std::vector<std::byte>& right = expected.shown.bytes;
  if (!expected.stated.has(Aspect::result) || right.empty()) return;
  std::vector<std::byte> mask = expected.mask;
  if (mask.empty()) mask.assign(right.size(), std::byte{0xff});
  line(fmt::format("  if ({}) check_bytes({}, {}, {}, {}u);", is_there, from, array(right),
                   array(mask), right.size()));
}

void Program::check_table() {
  const std::vector<std::byte> right = words_of(expected().shown.numbers, one_.data_model);
  if (right.empty() || !expected().stated.has(Aspect::result)) return;
  const std::vector<std::byte> mask(right.size(), std::byte{0xff});
  line(fmt::format("check_bytes(io.offsetsBase, {}, {}, {}u);", array(right), array(mask),
                   right.size()));
}

void Program::check_state() {
  const ParcelState& state = expected().shown.state;
  const std::uint64_t word = word_bytes(one_.data_model);
  check(Aspect::used, "bytes used", "(char *)io.bufferCur - (char *)io.bufferBase", state.used);
  check(Aspect::left, "bufferLeft", "io.bufferLeft", state.left);
  check(Aspect::entries, "bytes of offsets", "(char *)io.offsetsCur - (char *)io.offsetsBase",
        state.entries * word);
  check(Aspect::entries_left, "offsetsLeft", "io.offsetsLeft", state.entries_left);
  check(Aspect::flag, "flag", "io.flag", state.flag);
  const std::string name = "IpcIoAvailable";
  if (is_newer() || !expected().stated.has(Aspect::available) ||
      std::ranges::find(note_.lacks, name) != note_.lacks.end()) {
    return;
  }
  const std::string prototype = "bool IpcIoAvailable(const IpcIo *);";
  if (std::ranges::find(prototypes_, prototype) == prototypes_.end()) {
    prototypes_.push_back(prototype);
  }
  check(Aspect::available, "available", "IpcIoAvailable(&io)", state.is_available ? 1 : 0);
}

std::string Program::text(const ReproducerText& about) const {
  std::string whole = c_heading(about);
  whole += c_structure(note_.layout);
  if (needs_service_) whole += c_service(is_newer());
  if (needs_buffer_) whole += "typedef struct {\n  uint32_t buffSz;\n  void *buff;\n} BuffPtr;\n\n";
  if (needs_message_) whole += c_message();
  for (const std::string& prototype : prototypes_) whole += prototype + "\n";
  whole += "\n" + c_checks(body_.contains("check_bytes("), body_.contains("unset"));
  if (body_.contains("guarded(") || body_.contains("copied(")) {
    whole += c_guards(body_.contains("guarded("), body_.contains("copied("));
  }
  if (needs_freed_) whole += c_freed(body_.contains("note_freed"));
  whole += arrays_;
  whole += "\nint main(void) {\n  static IpcIo io;\n";
  if (body_.contains("other")) whole += "  static IpcIo other;\n";
  if (needs_message_) whole += "  static IpcMsg message;\n";
  if (body_.contains("bits = 0;")) whole += "  uint64_t bits;\n";
  if (body_.contains("result = ")) whole += "  bool result;\n";
  whole += body_;
  return whole + "\n  puts(\"all as it should be\");\n  return 0;\n}\n";
}

}  // namespace

std::string print_reproducer(const ParcelCase& one, const ParcelLibraryNote& note,
                             const ReproducerText& text) {
  return Program(one, note).text(text);
}

}  // namespace touchstone::userspace

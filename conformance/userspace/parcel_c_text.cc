#include "conformance/userspace/parcel_c_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace touchstone::userspace {
namespace {

struct Field {
  std::uint32_t at;
  std::string_view name;
  bool is_address;
};

}  // namespace

std::string c_heading(const ReproducerText& about) {
  std::string text = fmt::format("/* {}\n", about.name);
  if (!about.clause.empty()) text += fmt::format(" * {}: {}\n", about.clause, about.sentence);
  text += fmt::format(" *     cc -o repro THIS_FILE {} && ./repro\n", about.library);
  return text +
         " * It ends with 0 if all is as it should be, with 1 and a line if not; or it crashes. "
         "*/\n"
         "#define _DEFAULT_SOURCE\n"
         "#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n#include <stdio.h>\n"
         "#include <stdlib.h>\n#include <string.h>\n#include <sys/mman.h>\n\n";
}

std::string c_structure(const ParcelLayout& layout) {
  std::array fields{Field{layout.buffer_base, "bufferBase", true},
                    Field{layout.buffer_cur, "bufferCur", true},
                    Field{layout.offsets_base, "offsetsBase", true},
                    Field{layout.offsets_cur, "offsetsCur", true},
                    Field{layout.buffer_left, "bufferLeft", false},
                    Field{layout.offsets_left, "offsetsLeft", false},
                    Field{layout.flag, "flag", false}};
  std::ranges::sort(fields, {}, &Field::at);
  std::string text = "typedef struct {\n";
  std::uint32_t end = 0;
  for (const Field& field : fields) {
    if (field.at > end) text += fmt::format("  unsigned char gap{}[{}];\n", end, field.at - end);
    text += fmt::format("  {}{};\n", field.is_address ? "void *" : "uint32_t ", field.name);
    end = field.at + (field.is_address ? static_cast<std::uint32_t>(sizeof(void*)) : 4);
  }
  return text +
         fmt::format("  unsigned char rest[{}];\n}} IpcIo;\n\n", parcel_structure_bytes - end);
}

std::string c_service(bool is_newer) {
  if (is_newer) {
    return "typedef struct {\n  int32_t handle;\n  uintptr_t token;\n  uintptr_t cookie;\n"
           "} SvcIdentity;\n\n";
  }
  return "typedef struct {\n  uint32_t handle;\n  uint32_t token;\n  uint32_t cookie;\n"
         "} SvcIdentity;\n\n";
}

std::string c_message() {
  return "typedef struct {\n  uint32_t type;\n  uint32_t target[3];\n  uint32_t code;\n"
         "  uint32_t flag;\n  uint64_t timestamp;\n  uint32_t dataSz;\n  void *data;\n"
         "  uint32_t spObjNum;\n  void *offsets;\n  uint32_t sender[4];\n} IpcMsg;\n\n";
}

std::string c_checks(bool has_bytes, bool has_unset) {
  std::string text =
      "static const char *step;\n"
      "\n"
      "static void check(const char *what, uint64_t got, uint64_t wanted) {\n"
      "  if (got == wanted) return;\n"
      "  printf(\"%s: %s is %llu and should be %llu\\n\", step, what, (unsigned long long)got,\n"
      "         (unsigned long long)wanted);\n"
      "  exit(1);\n"
      "}\n\n";
  if (has_bytes) {
    text +=
        "static void check_bytes(const void *got, const unsigned char *wanted,\n"
        "                        const unsigned char *mask, size_t count) {\n"
        "  for (size_t at = 0; at < count; ++at) {\n"
        "    if (mask[at] == 0 || ((const unsigned char *)got)[at] == wanted[at]) continue;\n"
        "    printf(\"%s: byte %zu is %02x and should be %02x\\n\", step, at,\n"
        "           ((const unsigned char *)got)[at], wanted[at]);\n"
        "    exit(1);\n"
        "  }\n"
        "}\n\n";
  }
  if (has_unset) text += "enum { unset = 0x5c5c5c5c };\n\n";
  return text;
}

std::string c_guards(bool has_guarded, bool has_copied) {
  std::string text =
      "enum { page = 65536 };\n"
      "static unsigned char *inner; /* what may be touched of the memory that was made last */\n"
      "static size_t inner_bytes;\n"
      "\n"
      "/* `bytes` bytes, each 0xa5, that end at a page that cannot be touched, or a bit before. "
      "*/\n"
      "static void *memory_of(size_t bytes, size_t multiple, size_t past) {\n"
      "  inner_bytes = (bytes + multiple + page - 1) / page * page;\n"
      "  inner = mmap(NULL, inner_bytes + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, "
      "0);\n"
      "  if (inner == MAP_FAILED) exit(2);\n"
      "  inner += page;\n"
      "  if (mprotect(inner, inner_bytes, PROT_READ | PROT_WRITE) != 0) exit(2);\n"
      "  memset(inner, 0xa5, inner_bytes);\n"
      "  size_t at = inner_bytes - bytes;\n"
      "  at -= (at - past) % multiple;\n"
      "  return inner + at;\n"
      "}\n\n";
  if (has_guarded) {
    text +=
        "static unsigned char *outside, *buffer;\n"
        "static size_t outside_bytes, buffer_bytes;\n"
        "\n"
        "static void *guarded(size_t bytes, size_t multiple, size_t past) {\n"
        "  buffer = memory_of(bytes, multiple, past);\n"
        "  buffer_bytes = bytes;\n"
        "  outside = inner;\n"
        "  outside_bytes = inner_bytes;\n"
        "  return buffer;\n"
        "}\n"
        "\n"
        "static void check_outside(void) {\n"
        "  for (size_t at = 0; at < outside_bytes; ++at) {\n"
        "    if (outside + at == buffer) at += buffer_bytes;\n"
        "    if (at >= outside_bytes || outside[at] == 0xa5) continue;\n"
        "    printf(\"%s: a byte outside the buffer was written\\n\", step);\n"
        "    exit(1);\n"
        "  }\n"
        "}\n\n";
  }
  if (has_copied) {
    text +=
        "static void *copied(const void *bytes, size_t count) {\n"
        "  void *to = memory_of(count, count % sizeof(size_t) == 0 ? sizeof(size_t) : 1, 0);\n"
        "  memcpy(to, bytes, count);\n"
        "  mprotect(inner, inner_bytes, PROT_READ);\n"
        "  return to;\n"
        "}\n\n";
  }
  return text;
}

std::string c_freed(bool has_callback) {
  std::string text = "static size_t freed_count;\nstatic void *freed[64];\n";
  if (!has_callback) return text + "\n";
  return text +
         "static void note_freed(void *buffer) {\n"
         "  if (freed_count < 64) freed[freed_count++] = buffer;\n"
         "}\n\n";
}

std::string c_array(const std::string& name, const std::vector<std::byte>& bytes) {
  std::string text = fmt::format("static const unsigned char {}[] = {{", name);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    text += fmt::format("{}{}", at % 20 == 0 ? "\n    " : "", std::to_integer<int>(bytes[at]));
    text += ", ";
  }
  return text + (bytes.empty() ? "0};\n" : "\n};\n");
}

std::string c_escaped(std::string_view text, std::size_t letters_max) {
  std::string escaped;
  for (const char letter : text.substr(0, letters_max)) {
    if (letter == '"' || letter == '\\') escaped += '\\';
    escaped += letter;
  }
  return text.size() > letters_max ? escaped + "..." : escaped;
}

std::string c_type(ParcelType type) {
  switch (type) {
    case ParcelType::character:
    case ParcelType::char_unaligned: return "char";
    case ParcelType::boolean:
    case ParcelType::bool_unaligned: return "bool";
    case ParcelType::float32: return "float";
    case ParcelType::float64: return "double";
    case ParcelType::intptr: return "intptr_t";
    case ParcelType::uintptr:
    case ParcelType::pointer: return "uintptr_t";
    case ParcelType::descriptor: return "int32_t";
    default: {
      const ParcelTypeInfo& info = info_of(type);
      return fmt::format("{}int{}_t", info.is_signed ? "" : "u", 8 * info.bytes);
    }
  }
}

std::string c_handle(std::uint32_t handle, bool is_newer) {
  if (!is_newer) return fmt::format("{}u", handle);
  return fmt::format("(int32_t){}u", handle);
}

std::vector<std::byte> words_of(const std::vector<std::uint64_t>& numbers, DataModel data_model) {
  std::vector<std::byte> bytes;
  for (const std::uint64_t number : numbers) {
    for (std::uint32_t at = 0; at < word_bytes(data_model); ++at) {
      bytes.push_back(static_cast<std::byte>(number >> (8 * at)));
    }
  }
  return bytes;
}

}  // namespace touchstone::userspace

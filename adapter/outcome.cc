#include "adapter/outcome.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace touchstone {
namespace {

// Linux's generic numbers, which are the target's; the host's may differ.  Two have no name.
constexpr std::array<std::string_view, 134> errno_names{
    "",                 // 0
    "EPERM",            // 1
    "ENOENT",           // 2
    "ESRCH",            // 3
    "EINTR",            // 4
    "EIO",              // 5
    "ENXIO",            // 6
    "E2BIG",            // 7
    "ENOEXEC",          // 8
    "EBADF",            // 9
    "ECHILD",           // 10
    "EAGAIN",           // 11
    "ENOMEM",           // 12
    "EACCES",           // 13
    "EFAULT",           // 14
    "ENOTBLK",          // 15
    "EBUSY",            // 16
    "EEXIST",           // 17
    "EXDEV",            // 18
    "ENODEV",           // 19
    "ENOTDIR",          // 20
    "EISDIR",           // 21
    "EINVAL",           // 22
    "ENFILE",           // 23
    "EMFILE",           // 24
    "ENOTTY",           // 25
    "ETXTBSY",          // 26
    "EFBIG",            // 27
    "ENOSPC",           // 28
    "ESPIPE",           // 29
    "EROFS",            // 30
    "EMLINK",           // 31
    "EPIPE",            // 32
    "EDOM",             // 33
    "ERANGE",           // 34
    "EDEADLK",          // 35
    "ENAMETOOLONG",     // 36
    "ENOLCK",           // 37
    "ENOSYS",           // 38
    "ENOTEMPTY",        // 39
    "ELOOP",            // 40
    "",                 // 41
    "ENOMSG",           // 42
    "EIDRM",            // 43
    "ECHRNG",           // 44
    "EL2NSYNC",         // 45
    "EL3HLT",           // 46
    "EL3RST",           // 47
    "ELNRNG",           // 48
    "EUNATCH",          // 49
    "ENOCSI",           // 50
    "EL2HLT",           // 51
    "EBADE",            // 52
    "EBADR",            // 53
    "EXFULL",           // 54
    "ENOANO",           // 55
    "EBADRQC",          // 56
    "EBADSLT",          // 57
    "",                 // 58
    "EBFONT",           // 59
    "ENOSTR",           // 60
    "ENODATA",          // 61
    "ETIME",            // 62
    "ENOSR",            // 63
    "ENONET",           // 64
    "ENOPKG",           // 65
    "EREMOTE",          // 66
    "ENOLINK",          // 67
    "EADV",             // 68
    "ESRMNT",           // 69
    "ECOMM",            // 70
    "EPROTO",           // 71
    "EMULTIHOP",        // 72
    "EDOTDOT",          // 73
    "EBADMSG",          // 74
    "EOVERFLOW",        // 75
    "ENOTUNIQ",         // 76
    "EBADFD",           // 77
    "EREMCHG",          // 78
    "ELIBACC",          // 79
    "ELIBBAD",          // 80
    "ELIBSCN",          // 81
    "ELIBMAX",          // 82
    "ELIBEXEC",         // 83
    "EILSEQ",           // 84
    "ERESTART",         // 85
    "ESTRPIPE",         // 86
    "EUSERS",           // 87
    "ENOTSOCK",         // 88
    "EDESTADDRREQ",     // 89
    "EMSGSIZE",         // 90
    "EPROTOTYPE",       // 91
    "ENOPROTOOPT",      // 92
    "EPROTONOSUPPORT",  // 93
    "ESOCKTNOSUPPORT",  // 94
    "EOPNOTSUPP",       // 95
    "EPFNOSUPPORT",     // 96
    "EAFNOSUPPORT",     // 97
    "EADDRINUSE",       // 98
    "EADDRNOTAVAIL",    // 99
    "ENETDOWN",         // 100
    "ENETUNREACH",      // 101
    "ENETRESET",        // 102
    "ECONNABORTED",     // 103
    "ECONNRESET",       // 104
    "ENOBUFS",          // 105
    "EISCONN",          // 106
    "ENOTCONN",         // 107
    "ESHUTDOWN",        // 108
    "ETOOMANYREFS",     // 109
    "ETIMEDOUT",        // 110
    "ECONNREFUSED",     // 111
    "EHOSTDOWN",        // 112
    "EHOSTUNREACH",     // 113
    "EALREADY",         // 114
    "EINPROGRESS",      // 115
    "ESTALE",           // 116
    "EUCLEAN",          // 117
    "ENOTNAM",          // 118
    "ENAVAIL",          // 119
    "EISNAM",           // 120
    "EREMOTEIO",        // 121
    "EDQUOT",           // 122
    "ENOMEDIUM",        // 123
    "EMEDIUMTYPE",      // 124
    "ECANCELED",        // 125
    "ENOKEY",           // 126
    "EKEYEXPIRED",      // 127
    "EKEYREVOKED",      // 128
    "EKEYREJECTED",     // 129
    "EOWNERDEAD",       // 130
    "ENOTRECOVERABLE",  // 131
    "ERFKILL",          // 132
    "EHWPOISON",        // 133
};
constexpr std::size_t errno_digits_max = 18;

bool same_object(const ReceivedObject& left, const ReceivedObject& right) {
  ReceivedObject same_origin = left;
  // A backend that cannot tell a descriptor's origin says nothing about it.
  if (!left.origin || !right.origin) same_origin.origin = right.origin;
  return same_origin == right;
}

bool same_message(const ReceivedMessage& left, const ReceivedMessage& right) {
  return left.type == right.type && left.to == right.to && left.token == right.token &&
         left.cookie == right.cookie && left.code == right.code && left.flag == right.flag &&
         left.from_task == right.from_task && left.from_process == right.from_process &&
         left.uid == right.uid && left.gid == right.gid && left.time == right.time &&
         left.data == right.data && left.defects == right.defects &&
         std::ranges::equal(left.objects, right.objects, same_object);
}

}  // namespace

Outcome value_outcome(std::int64_t value) {
  Outcome outcome;
  outcome.kind = value < 0 ? Outcome::Kind::error : Outcome::Kind::value;
  outcome.value = value < 0 ? -value : value;
  return outcome;
}

Outcome not_run(std::string reason) {
  Outcome outcome;
  outcome.kind = Outcome::Kind::not_run;
  outcome.reason = std::move(reason);
  return outcome;
}

Outcome lost(std::string reason) {
  Outcome outcome;
  outcome.kind = Outcome::Kind::lost;
  outcome.reason = std::move(reason);
  return outcome;
}

bool same_outcome(const Outcome& left, const Outcome& right) {
  if (left.kind != right.kind) return false;
  switch (left.kind) {
    case Outcome::Kind::value:
    case Outcome::Kind::error:
    case Outcome::Kind::version: return left.value == right.value;
    case Outcome::Kind::task:
    case Outcome::Kind::service: return left.task == right.task;
    case Outcome::Kind::message: return same_message(left.message, right.message);
    case Outcome::Kind::blocked:
    case Outcome::Kind::crash:
    case Outcome::Kind::hang:
    case Outcome::Kind::not_run:
    case Outcome::Kind::lost: return true;
  }
  return false;
}

std::string errno_name(std::int64_t number) {
  if (number > 0 && static_cast<std::uint64_t>(number) < errno_names.size()) {
    const std::string_view name = errno_names[static_cast<std::size_t>(number)];
    if (!name.empty()) return std::string(name);
  }
  return "E" + std::to_string(number);
}

std::optional<std::int64_t> errno_number(const std::string& name) {
  if (name.size() < 2 || name[0] != 'E') return std::nullopt;
  const auto known = std::ranges::find(errno_names, std::string_view(name));
  if (known != errno_names.end()) return known - errno_names.begin();
  const std::string_view digits = std::string_view(name).substr(1);
  if (digits.size() > errno_digits_max || digits[0] == '0') return std::nullopt;
  std::int64_t number = 0;
  for (const char digit : digits) {
    if (digit < '0' || digit > '9') return std::nullopt;
    number = number * 10 + (digit - '0');
  }
  return number;
}

}  // namespace touchstone

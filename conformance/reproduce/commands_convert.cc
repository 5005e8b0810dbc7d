// The subcommand convert: cases to inputs of the fuzz targets that take Programs, and back.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <expected>
#include <filesystem>
#include <set>
#include <span>
#include <string_view>
#include <system_error>

#include "adapter/case_text.h"
#include "adapter/program_bytes.h"
#include "conformance/case_file.h"
#include "conformance/commands.h"
#include "conformance/judge.h"
#include "conformance/reproduce/case_needs.h"
#include "conformance/reproduce/difference_run.h"
#include "conformance/text_file.h"

namespace touchstone {
namespace {

namespace fs = std::filesystem;
using Text = std::expected<std::string, std::string>;  // or what is wrong

constexpr std::string_view case_extension = ".case";

bool is_case(const fs::path& file) { return file.extension() == case_extension; }

Text input_of_case(const fs::path& file) {
  const auto program = read_case(file);
  if (!program) return std::unexpected(program.error());
  const std::vector<std::byte> bytes = encode_program(*program);
  // An input that is too long for a Program loses its end.
  const std::size_t steps = decode_program(bytes).steps.size();
  if (steps != program->steps.size()) {
    return std::unexpected(fmt::format("{}: {} steps, of which an input can hold {}", file.string(),
                                       program->steps.size(), steps));
  }
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

// A case's name is one word.
std::string name_of_case(const fs::path& file) {
  std::string name = file.filename().string();
  const auto is_other = [](unsigned char letter) {
    return std::isalnum(letter) == 0 && letter != '-' && letter != '_' && letter != '.';
  };
  std::ranges::replace_if(name, is_other, '_');
  return name;
}

Text case_of_input(const fs::path& file) {
  const auto input = read_text_file(file);
  if (!input) return std::unexpected(input.error());
  Program program = decode_program(std::as_bytes(std::span(*input)));
  program = expected_of(program, {.data_model = data_model_of(program)}).program;
  if (program.steps.empty()) {
    return std::unexpected(file.string() + ": means no step that can be carried out");
  }
  program.header.name = name_of_case(file);
  program.header.needs = needs_of(program);
  return print_case(program);
}

fs::path converted_name(const fs::path& file) {
  if (is_case(file)) return file.stem();
  return file.filename().string() + std::string(case_extension);
}

// Where each file goes: OUT itself, or a file in the folder OUT.
std::expected<std::vector<fs::path>, std::string> places_for(const Options& options) {
  const fs::path out = options.output;
  std::error_code error;
  const bool is_folder = fs::is_directory(out, error);
  if (options.files.size() == 1 && !is_folder) return std::vector{out};
  if (!is_folder && fs::exists(out, error)) {
    return std::unexpected(
        fmt::format("{} is no folder, and there are {} files", out.string(), options.files.size()));
  }
  fs::create_directories(out, error);
  if (error) return std::unexpected(fmt::format("{}: {}", out.string(), error.message()));
  std::vector<fs::path> places;
  std::set<fs::path> taken;
  for (const fs::path file : options.files) {
    places.push_back(out / converted_name(file));
    if (!taken.insert(places.back()).second) {
      return std::unexpected(fmt::format("two files would become {}", places.back().string()));
    }
  }
  return places;
}

}  // namespace

ExitStatus command_convert(const Options& options, const Suite&, const World& world) {
  const auto places = places_for(options);
  if (!places) return refuse(world, ExitStatus::wrong_usage, places.error());
  ExitStatus status = ExitStatus::all_held;
  for (std::size_t index = 0; index < options.files.size(); ++index) {
    const fs::path file = options.files[index];
    const Text converted = is_case(file) ? input_of_case(file) : case_of_input(file);
    if (!converted) {
      status = refuse(world, ExitStatus::wrong_usage, converted.error());
    } else if (auto written = write_text_file((*places)[index], *converted); !written) {
      status = refuse(world, ExitStatus::wrong_usage, written.error());
    }
  }
  return status;
}

}  // namespace touchstone

#include "conformance/userspace/interface_description.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "conformance/text_file.h"

namespace touchstone::userspace {
namespace {

constexpr std::string_view head = "interface camera\nrequest zoom\n";

// "3:9 expected ..., found ...", or "" where it is read.
std::string error_of(std::string_view text) {
  const auto read = parse_interface(text);
  if (read) return "";
  const ParseError& error = read.error();
  return std::to_string(error.line) + ":" + std::to_string(error.column);
}
std::string error_in_request(std::string_view line) {
  return error_of(std::string(head) + std::string(line) + "\nend\n");
}

TEST(InterfaceDescription, IsReadFieldByField) {
  const std::string text =
      "# what a camera can do\n"
      "interface camera\n"
      "target handle=11 token=2\n"
      "extra ignored\n"
      "request zoom code=0x3 refusal=-9 oneway\n"
      "  uint32 kind = 7 else -1\n"
      "  string name 1..15 over -11\n"
      "  bool more\n"
      "  uint32 n 0..4 if more\n"
      "  repeat n if more\n"
      "    int32 point -5..0x10\n"
      "  end\n"
      "reply\n"
      "  int32 ret\n"
      "  service object if ret = 0\n"
      "end\n";
  const auto read = parse_interface(text);
  ASSERT_TRUE(read) << read.error().line << read.error().expected;
  EXPECT_EQ(read->handle, 11u);
  EXPECT_EQ(read->token, 2u);
  EXPECT_TRUE(read->extra_is_ignored);
  const InterfaceRequest* const zoom = read->find("zoom");
  ASSERT_NE(zoom, nullptr);
  EXPECT_EQ(zoom->code, 3u);
  EXPECT_EQ(zoom->refusal, -9);
  EXPECT_TRUE(zoom->is_one_way);
  ASSERT_EQ(zoom->fields.size(), 5u);
  EXPECT_EQ(zoom->fields[0].constant, 7);
  EXPECT_EQ(zoom->fields[0].refusal, -1);
  EXPECT_EQ(zoom->fields[1].bounds, (Bounds{1, 15}));
  EXPECT_EQ(zoom->fields[1].over_refusal, -11);
  EXPECT_EQ(zoom->fields[3].condition->field, "more");
  EXPECT_EQ(zoom->fields[4].count_field, "n");
  ASSERT_EQ(zoom->fields[4].fields.size(), 1u);
  EXPECT_EQ(zoom->fields[4].fields[0].bounds, (Bounds{-5, 16}));
  ASSERT_EQ(zoom->reply.size(), 2u);
  EXPECT_EQ(zoom->reply[1].type, FieldType::service);
  EXPECT_EQ(zoom->reply[1].condition->value, 0);
}

TEST(InterfaceDescription, TellsWhereItIsMalformed) {
  EXPECT_EQ(error_of(""), "1:1");
  EXPECT_EQ(error_of("request zoom\nend\n"), "1:1");
  EXPECT_EQ(error_of("interface Camera\n"), "1:11");
  EXPECT_EQ(error_of("interface camera\nextra maybe\n"), "2:7");
  EXPECT_EQ(error_of("interface camera\ntarget port=7\n"), "2:8");
  EXPECT_EQ(error_of("interface camera\nrequest zoom speed=7\nend\n"), "2:14");
  EXPECT_EQ(error_of("interface camera\nrequest zoom\nend\nrequest zoom\nend\n"), "4:9");
  EXPECT_EQ(error_in_request("uint33 level"), "3:1");
  EXPECT_EQ(error_in_request("uint32"), "3:7");
  EXPECT_EQ(error_in_request("uint32 level level"), "3:14");
  EXPECT_EQ(error_in_request("uint8 level = 256"), "3:15");
  EXPECT_EQ(error_in_request("uint8 level 5..4"), "3:13");
  EXPECT_EQ(error_in_request("uint8 level 0..256"), "3:13");
  EXPECT_EQ(error_in_request("service level 0..1"), "3:15");
  EXPECT_EQ(error_in_request("bytes level 0..1"), "3:13");
  EXPECT_EQ(error_in_request("uint8 level if other"), "3:16");
  EXPECT_EQ(error_in_request("uint8 level\nuint8 level"), "4:7");
  EXPECT_EQ(error_in_request("uint8 a\nuint8 b if a"), "4:13");
  EXPECT_EQ(error_in_request("uint32 n\nrepeat n\nend"), "4:8");
  EXPECT_EQ(error_in_request("repeat 0\nend"), "3:8");
  EXPECT_EQ(error_in_request("repeat 2\nuint8 a\nend\nuint8 b if a = 1"), "6:12");
  EXPECT_NE(error_of(std::string(head) + "uint8 level\n"), "");
}

TEST(InterfaceDescription, OfTheServiceManagerIsRead) {
  const std::filesystem::path path = TOUCHSTONE_SOURCE_DIR;
  const auto text = read_text_file(path / "corpora/interfaces/service_manager.iface");
  ASSERT_TRUE(text) << text.error();
  const auto read = parse_interface(*text);
  ASSERT_TRUE(read) << read.error().line << ": " << read.error().expected;
  EXPECT_EQ(read->requests.size(), 6u);
}

}  // namespace
}  // namespace touchstone::userspace

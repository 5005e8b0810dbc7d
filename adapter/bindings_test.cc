// What a name stands for when ids come back, tasks end, and messages and files have several names.
#include "adapter/bindings.h"

#include <gtest/gtest.h>

namespace touchstone {
namespace {

TaskBinding task(std::uint32_t name, std::uint32_t id, std::uint32_t process = 1) {
  TaskBinding binding;
  binding.name = TaskName{name};
  binding.process = ProcessName{process};
  binding.id = id;
  return binding;
}

ProcessBinding process(std::uint32_t name, std::uint32_t id) {
  ProcessBinding binding;
  binding.name = ProcessName{name};
  binding.id = id;
  return binding;
}

MessageBinding message_at(std::uint64_t address) {
  MessageBinding binding;
  binding.address = address;
  return binding;
}

TEST(Bindings, FindATaskByNameAlsoAfterItsEnd) {
  Bindings bindings(0);
  bindings.add(task(1, 10)).ended = true;
  bindings.add(task(2, 11));
  ASSERT_NE(bindings.find(TaskName{1}), nullptr);
  EXPECT_EQ(bindings.find(TaskName{1})->id, 10u);
  EXPECT_EQ(bindings.find(TaskName{3}), nullptr);
}

TEST(Bindings, GiveAnIdTheNameOfItsLatestOwner) {
  Bindings bindings(0);
  bindings.add(task(1, 10));
  bindings.add(task(2, 11));
  bindings.add(task(3, 10));
  EXPECT_EQ(bindings.task_value(10), (TaskValue{TaskValue::Kind::task, 3}));
  EXPECT_EQ(bindings.task_value(11), (TaskValue{TaskValue::Kind::task, 2}));
  bindings.add(process(1, 5));
  bindings.add(process(2, 5));
  EXPECT_EQ(bindings.process_value(5), (TaskValue{TaskValue::Kind::task, 2}));
}

TEST(Bindings, LeaveAnUnknownIdANumber) {
  Bindings bindings(0);
  bindings.add(task(1, 10));
  EXPECT_EQ(bindings.task_value(1), (TaskValue{TaskValue::Kind::number, 1}));
  EXPECT_EQ(bindings.process_value(10), (TaskValue{TaskValue::Kind::number, 10}));
}

TEST(Bindings, FindAMessageOnceItWasReceived) {
  Bindings bindings(2);
  EXPECT_EQ(bindings.find(MessageName{0}), nullptr);
  bindings.bind(MessageName{0}, message_at(0x1000));
  ASSERT_NE(bindings.find(MessageName{0}), nullptr);
  EXPECT_EQ(bindings.find(MessageName{0})->address, 0x1000u);
  EXPECT_EQ(bindings.find(MessageName{1}), nullptr);
}

TEST(Bindings, GiveAMessageNameToTheLaterMessage) {
  Bindings bindings(1);
  bindings.bind(MessageName{0}, message_at(0x1000));
  bindings.bind(MessageName{0}, message_at(0x2000));
  EXPECT_EQ(bindings.find(MessageName{0})->address, 0x2000u);
}

TEST(Bindings, ForgetAMessageThatNoNameWasGivenTo) {
  Bindings bindings(1);
  bindings.bind(unnamed_message, message_at(0x1000));
  EXPECT_EQ(bindings.find(unnamed_message), nullptr);
  EXPECT_EQ(bindings.find(MessageName{0}), nullptr);
}

TEST(Bindings, KeepTheDescriptorsOfEachProcessApart) {
  Bindings bindings(0);
  bindings.bind(ProcessName{1}, DescriptorName{1}, 3);
  bindings.bind(ProcessName{2}, DescriptorName{1}, 4);
  EXPECT_EQ(bindings.descriptor(ProcessName{1}, DescriptorName{1}), 3u);
  EXPECT_EQ(bindings.descriptor(ProcessName{2}, DescriptorName{1}), 4u);
  EXPECT_FALSE(bindings.descriptor(ProcessName{1}, DescriptorName{2}));
}

TEST(Bindings, GiveAChildTheDescriptorsThatItsParentHad) {
  Bindings bindings(0);
  bindings.bind(ProcessName{1}, DescriptorName{1}, 3);
  bindings.inherit_descriptors(ProcessName{1}, ProcessName{2});
  bindings.bind(ProcessName{1}, DescriptorName{2}, 4);
  EXPECT_EQ(bindings.descriptor(ProcessName{2}, DescriptorName{1}), 3u);
  EXPECT_FALSE(bindings.descriptor(ProcessName{2}, DescriptorName{2}));
}

TEST(Bindings, NameReceivedDescriptorsFrom101On) {
  Bindings bindings(0);
  EXPECT_EQ(bindings.next_received(), DescriptorName{101});
  EXPECT_EQ(bindings.next_received(), DescriptorName{102});
}

TEST(Bindings, KeepTheFirstNameOfAnOpenFile) {
  Bindings bindings(0);
  const FileOrigin first{ProcessName{1}, DescriptorName{1}};
  const FileOrigin second{ProcessName{2}, DescriptorName{101}};
  EXPECT_EQ(bindings.origin_of(7, first), first);
  EXPECT_EQ(bindings.origin_of(7, second), first);
  EXPECT_EQ(bindings.origin_of(8, second), second);
}

TEST(Bindings, NameTimesInTheOrderInWhichTheyAreSeen) {
  Bindings bindings(0);
  EXPECT_EQ(bindings.time_name(900), TimeName{1});
  EXPECT_EQ(bindings.time_name(100), TimeName{2});
  EXPECT_EQ(bindings.time_name(900), TimeName{1});
}

}  // namespace
}  // namespace touchstone

// What clients do, told as steps of a case, and the case played on the reference.
#include "daemon/trace.h"

#include <algorithm>

#include "daemon/trace_test_support.h"

namespace touchstone::daemon {
namespace {

using Steps = std::vector<std::string>;

class TraceTest : public TracedBroker {
 protected:
  // A CMS, a service that waits, and a client that may call it.
  void set_up_service() {
    begin_whole();
    cms_ = arrive(100);
    service_ = arrive(200);
    client_ = arrive(300);
    EXPECT_EQ(word(cms_, TOUCHSTONE_IPC_SET_CMS, 1024), 0);
    EXPECT_EQ(exchange(service_, Call(TOUCHSTONE_RECV)), std::nullopt);
    EXPECT_EQ(cms(cms_, TOUCHSTONE_CMS_ADD_ACCESS, client_, service_), 0);
  }
  Call request(std::uint32_t flags) const {
    Call request(flags);
    request.message.target_handle = service_;
    return request;
  }
  // What the trace says behind the steps of set_up_service(), if it plays to the same.
  std::vector<std::string> steps() {
    const auto text = case_of(heard());
    if (!text) return {text.error()};
    std::vector<std::string> all = played(*text);
    all.erase(all.begin(), all.begin() + std::min<std::ptrdiff_t>(12, std::ssize(all)));
    return all;
  }

  kernel::TaskId cms_ = 0, service_ = 0, client_ = 0;
};

TEST_F(TraceTest, TellsACallAndItsReply) {
  set_up_service();
  exchange(client_, request(TOUCHSTONE_SEND | TOUCHSTONE_RECV).with_data("abc"));
  exchange(service_, reply(service_, client_).with_data("z"));
  exchange(client_, Call(0).giving_back(message_of(client_)));
  EXPECT_EQ(
      steps(),
      (Steps{"T12 send+recv request to=T11 data=616263 -> blocked",
             "T11 poll -> 0 m1=request to=T11 from=T12/P4 uid=1000 gid=100 time=t1 data=616263",
             "T11 send+free reply to=T12 time=m1 data=7a free=m1 -> 0",
             "T12 poll -> 0 m2=reply to=T12 from=T11/P3 uid=1000 gid=100 time=t1 data=7a",
             "T12 free=m2 -> 0"}));
}

TEST_F(TraceTest, TellsObjectsOfEachKind) {
  set_up_service();
  Call call = request(TOUCHSTONE_SEND);
  call.with_data("12345678");
  call.with_object(
      {TOUCHSTONE_OBJ_SVC, 0, {.service = {TOUCHSTONE_SELF_HANDLE, 1}}, {.cookie = 5}});
  call.with_object({TOUCHSTONE_OBJ_PTR, 0, {.size = 4}, {.pointer = Call::buffer_at}});
  call.with_object({TOUCHSTONE_OBJ_FD, 0, {.fd = 7}, {.pointer = 0}});
  call.descriptors = {7};
  EXPECT_EQ(exchange(client_, call), 0);
  const std::uint64_t message = message_of(service_);
  EXPECT_EQ(exchange(service_, Call(0).giving_back(message)), 0);
  EXPECT_EQ(steps(),
            (Steps{"T12 send request to=T11 data=3132333435363738 "
                   "obj@8=svc:self/token=1/cookie=5 obj@32=ptr:77686174 obj@56=fd:F1 -> 0",
                   "T11 poll -> 0 m1=request to=T11 from=T12/P4 uid=1000 gid=100 time=t1 "
                   "data=3132333435363738" +
                       std::string(144, '0') +
                       " obj@8=svc:T12/token=1/cookie=5 obj@32=ptr:77686174 obj@56=fd:F101",
                   "T11 free=m1 -> 0"}));
}

TEST_F(TraceTest, KnowsADescriptorThatIsPassedOnByItsNumber) {
  set_up_service();
  Call call = request(TOUCHSTONE_SEND);
  call.with_object({TOUCHSTONE_OBJ_FD, 0, {.fd = 7}, {.pointer = 0}});
  call.descriptors = {7};
  EXPECT_EQ(exchange(client_, call), 0);
  const CallAnswer& answer = answers_.at(service_);
  const std::uint32_t number = 9;
  broker_.place(service_, answer.message, answer.places, std::span(&number, 1));
  Call on(TOUCHSTONE_SEND);
  on.with_object({TOUCHSTONE_OBJ_FD, 0, {.fd = number}, {.pointer = 0}});
  on.with_object({TOUCHSTONE_OBJ_FD, 0, {.fd = 5}, {.pointer = 0}});  // not open
  on.descriptors = {number};
  EXPECT_EQ(exchange(service_, on), -EBADF);
  EXPECT_EQ(steps().back(), "T11 send request to=cms obj@0=fd:F101 obj@24=fd:1073741829 -> EBADF");
}

TEST_F(TraceTest, GivesBuffersBackAfterTheirMessage) {
  set_up_service();
  Call call = request(TOUCHSTONE_SEND);
  call.with_object({TOUCHSTONE_OBJ_PTR, 0, {.size = 4}, {.pointer = Call::buffer_at}});
  EXPECT_EQ(exchange(client_, call), 0);
  const std::uint64_t message = message_of(service_);
  EXPECT_EQ(exchange(service_, Call(0).giving_back(message)), 0);
  EXPECT_EQ(exchange(service_, Call(0).giving_back(message)), -EFAULT);
  EXPECT_EQ(exchange(service_, Call(0).giving_back(message + 112)), 0);  // its header and object
  EXPECT_EQ(exchange(service_, Call(0).giving_back(pool_at + 65536)), -EINVAL);
  EXPECT_EQ(exchange(service_, Call(0).giving_back(4096)), -EINVAL);
  const auto all = steps();
  EXPECT_EQ(Steps(all.end() - 5, all.end()),
            (Steps{"T11 free=m1 -> 0", "T11 free=pool_start -> EFAULT", "T11 free=ptr:m1:0 -> 0",
                   "T11 free=pool_end -> EINVAL", "T11 free=outside -> EINVAL"}));
}

TEST_F(TraceTest, SaysBadPointersAsWords) {
  set_up_service();
  EXPECT_EQ(word(client_, TOUCHSTONE_IPC_SEND_RECV_MSG_64), -EINVAL);
  EXPECT_EQ(word(client_, TOUCHSTONE_IPC_SEND_RECV_MSG_64, 0x5000000), -EINVAL);
  EXPECT_EQ(word(client_, TOUCHSTONE_IPC_CMS_CMD), -EINVAL);
  EXPECT_EQ(call(client_, {TOUCHSTONE_IPC_GET_VERSION, 0x5000000, false, {}, {}}), -EFAULT);
  Call call = request(TOUCHSTONE_SEND);
  call.content.out_message = 0x5000000;
  EXPECT_EQ(exchange(client_, call), -EINVAL);
  call = request(TOUCHSTONE_SEND).with_data("abc");
  call.message.data = 0x5000000;
  EXPECT_EQ(exchange(client_, call), -EFAULT);
  call.message.data = 0;
  EXPECT_EQ(exchange(client_, call), -EINVAL);
  call = request(TOUCHSTONE_SEND);
  call.with_object({TOUCHSTONE_OBJ_PTR, 0, {.size = 4}, {.pointer = 0x5000000}});
  EXPECT_EQ(exchange(client_, call), -EFAULT);
  call = request(TOUCHSTONE_SEND);
  call.with_object({TOUCHSTONE_OBJ_PTR, 0, {.size = 9}, {.pointer = 0x1000}});
  EXPECT_EQ(exchange(client_, call), -EINVAL);
  EXPECT_EQ(
      steps(),
      (Steps{"T12 msg flags=0 arg=null -> EINVAL", "T12 msg flags=0 arg=bad -> EINVAL",
             "T12 cms gen_handle subject=0 arg=null -> EINVAL", "T12 get_version arg=bad -> EFAULT",
             "T12 send out=bad -> EINVAL", "T12 send request to=T11 data=bad data_size=3 -> EFAULT",
             "T12 send request to=T11 data=null data_size=3 -> EINVAL",
             "T12 send request to=T11 obj@0=ptr:bad/size=4 -> EFAULT",
             "T12 send request to=T11 obj@0=ptr:kernel -> EINVAL"}));
}

TEST_F(TraceTest, SaysOffsetsThatStandNowhere) {
  set_up_service();
  Call call = request(TOUCHSTONE_SEND).with_data("12345678");
  call.with_object(
      {TOUCHSTONE_OBJ_SVC, 0, {.service = {TOUCHSTONE_SELF_HANDLE, 1}}, {.cookie = 0}});
  call.data.resize(56);
  call.offsets.push_back(40);
  EXPECT_EQ(exchange(client_, call), -EINVAL);
  EXPECT_EQ(steps(), (Steps{"T12 send request to=T11 data=3132333435363738" + std::string(96, '0') +
                            " offsets=8,40 obj@8=svc:self/token=1 -> EINVAL"}));
}

TEST_F(TraceTest, TellsDeathsAndWhoIsToldOfThem) {
  set_up_service();
  EXPECT_EQ(word(client_, TOUCHSTONE_IPC_SET_IPC_THREAD), client_);
  const kernel::TaskId thread = join(200, 201);
  broker_.leave(thread);
  EXPECT_EQ(exchange(client_, Call(TOUCHSTONE_RECV)), std::nullopt);
  broker_.end_process(200);
  EXPECT_EQ(exchange(client_, request(TOUCHSTONE_SEND)), -EACCES);
  EXPECT_EQ(steps(), (Steps{"T12 set_ipc_thread -> T12", "P3 thread T13 -> 0", "T13 exit -> 0",
                            "T12 recv -> blocked", "P3 exit -> 0",
                            "T12 poll -> 0 m1=death_notify to=T12 token=T11 from=T11/P3 uid=1000 "
                            "gid=100 time=t1",
                            "T12 send request to=T11 -> EACCES"}));
}

// Ids of nobody are other ones where the case is played, and still nobody's.
TEST_F(TraceTest, KeepsIdsOfNobodyNobodys) {
  const kernel::TaskId early = arrive(90);
  broker_.end_process(90);
  set_up_service();
  Call call(TOUCHSTONE_SEND);
  call.message.target_handle = early;
  EXPECT_EQ(exchange(client_, call), -EACCES);
  EXPECT_EQ(cms(cms_, TOUCHSTONE_CMS_GEN_HANDLE, early, 0), -EINVAL);
  EXPECT_EQ(cms(cms_, TOUCHSTONE_CMS_REMOVE_HANDLE, 0, early), 0);
  EXPECT_EQ(word(cms_, 0x6999, 5), -EINVAL);
  EXPECT_EQ(steps(),
            (Steps{"T13 send request to=138 -> EACCES", "T11 cms gen_handle subject=138 -> EINVAL",
                   "T11 cms remove_handle subject=0 service=10 -> 0",
                   "T11 ioctl cmd=27033 arg=5 -> EINVAL"}));
}

TEST_F(TraceTest, SaysWhatNoCaseCanSay) {
  set_up_service();
  Call call(TOUCHSTONE_RECV);
  call.argument_is_writable = false;
  exchange(client_, call);
  const auto lines = heard();
  EXPECT_EQ(lines.back().step, "T12 recv");
  EXPECT_EQ(lines.back().unsayable, "its argument can be read and not written");
  EXPECT_EQ(case_of(lines).error(),
            "no case can say this: step 13, `T12 recv`: its argument can be read and not written");
}

TEST_F(TraceTest, SaysThatNoCaseCanSayAnArgumentThatGoesBad) {
  set_up_service();
  const kernel::TaskId thread = join(200, 201);
  Call call = request(TOUCHSTONE_SEND);
  call.argument_is_writable = false;  // it is the same memory
  EXPECT_EQ(exchange(thread, call), 0);
  EXPECT_EQ(value_of(service_), -EFAULT);
  EXPECT_EQ(heard().back().unsayable, "its argument cannot be written any more");
}

// A case would have the message from whoever has the id last, and ids are used again when the
// implementation likes.
TEST_F(TraceTest, SaysThatNoCaseCanSayWhoHadAnId) {
  set_up_service();
  const kernel::ProcessId sender = broker_.kernel().process_of(client_);
  EXPECT_EQ(exchange(client_, Call(TOUCHSTONE_SEND)), 0);
  broker_.end_process(300);
  for (pid_t pid = 400; !broker_.kernel().process(sender).alive; ++pid) {
    broker_.end_process(pid - 1);
    join(pid, pid);
  }
  EXPECT_EQ(exchange(cms_, Call(TOUCHSTONE_RECV)), 0);
  EXPECT_EQ(heard().back().unsayable, "the id of the message's sender is another's");
}

TEST_F(TraceTest, BeginsWithoutACaseWhereverItLikes) {
  set_up_service();
  trace_.leave(1);
  exchange(client_, request(TOUCHSTONE_SEND));
  exchange(client_, request(TOUCHSTONE_SEND).with_data("abc"));
  const std::uint64_t early = message_of(service_);
  text_ = trace_.ask(1, "trace").value();
  exchange(service_, Call(TOUCHSTONE_RECV).giving_back(early));
  const auto lines = heard();
  ASSERT_EQ(lines.size(), 2u);  // how it begins comes first
  EXPECT_EQ(lines[1].step, "T11 free+recv free=m1");
  EXPECT_EQ(lines[1].process, 200);
  EXPECT_TRUE(lines[1].outcome.contains("0 m2=request to=T11 from=T12/P4")) << lines[1].outcome;
}

TEST_F(TraceTest, BeginsACaseOnlyBeforeTheFirstClientAndCms) {
  arrive(100);
  EXPECT_TRUE(trace_.ask(1, "trace whole").value().contains("there are clients (pid 100)"))
      << trace_.ask(1, "trace whole").value();
  broker_.end_process(100);
  set_up_service();
  for (const pid_t pid : {100, 200, 300}) broker_.end_process(pid);
  trace_.leave(1);
  EXPECT_TRUE(trace_.ask(1, "trace whole").value().contains("restart liteipcd"))
      << trace_.ask(1, "trace whole").value();
  EXPECT_TRUE(trace_.ask(1, "tracing").value().contains("error"))
      << trace_.ask(1, "tracing").value();
}

TEST_F(TraceTest, AnswersAWatcherOnceThereIsSomethingToTell) {
  begin_whole();
  EXPECT_EQ(trace_.ask(1, "trace"), std::nullopt);
  EXPECT_TRUE(trace_.news().empty());
  join(100, 100);
  const auto news = trace_.news();
  ASSERT_EQ(news.size(), 1u);
  EXPECT_EQ(news[0].first, 1);
  EXPECT_TRUE(news[0].second.contains("P2 spawn T10 uid=1000 gid=100")) << news[0].second;
  join(100, 101);
  EXPECT_TRUE(trace_.news().empty());  // it has not asked again
  trace_.leave(1);
  join(100, 102);
}

TEST_F(TraceTest, CountsWhatAWatcherThatDoesNotReadHasLost) {
  begin_whole();
  const kernel::TaskId cms = arrive(100), client = arrive(200);
  EXPECT_EQ(word(cms, TOUCHSTONE_IPC_SET_CMS, 8192), 0);
  const std::string data(6000, 'x');
  while (broker_.kernel().task(client).last_call.value == 0) {
    exchange(client, Call(TOUCHSTONE_SEND).with_data(data));
  }
  for (std::size_t told = 0; told <= Trace::room_bytes; told += 2 * data.size()) {
    exchange(client, Call(TOUCHSTONE_SEND).with_data(data));
  }
  const auto lines = heard();
  EXPECT_GT(lines.back().lost, 0u);
  EXPECT_TRUE(case_of(lines).error().contains("events were lost")) << case_of(lines).error();
}

}  // namespace
}  // namespace touchstone::daemon

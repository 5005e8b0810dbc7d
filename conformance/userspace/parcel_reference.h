// parcel_reference.h: the reference's parcels behind the port, in either data model; and what it
// knows beyond what it shows: why an operation was refused.  What the C interface adds to the
// reference (null parcels and places, buffers to free) is told here as the contract has it.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "conformance/userspace/parcel_port.h"
#include "reference/parcel/newer_reader.h"
#include "reference/parcel/newer_writer.h"
#include "reference/parcel/parcel.h"
#include "reference/parcel/parcel_reader.h"
#include "reference/parcel/parcel_writer.h"
#include "reference/parcel/refusal.h"

namespace touchstone::userspace {

class ParcelReference : public ParcelPort {
 public:
  ParcelReference(ParcelApi api, DataModel data_model);
  ParcelReference(const ParcelReference&) = delete;
  ParcelReference& operator=(const ParcelReference&) = delete;

  ParcelApi api() const override { return api_; }
  DataModel data_model() const override { return data_model_; }
  ParcelShown perform(const ParcelOperation& operation) override;

  // Of the last operation; none where it did what was asked for.
  parcel::Refusal refusal() const { return refusal_; }
  ParcelState state() const;
  // All data, before and behind the cursor.
  std::span<const std::byte> data() const { return data_; }

 private:
  void init(const ParcelOperation& operation);
  void init_from_message(const ParcelOperation& operation);
  void push(const ParcelOperation& operation);
  void push_number(ParcelType type, std::uint64_t number);
  void push_legacy_object(const ParcelOperation& operation);
  void push_newer_object(const ParcelOperation& operation);
  void push_contents(const ParcelOperation& operation);
  parcel::Refusal push_vector(ParcelType type, const void* elements, std::size_t count);
  void append(const ParcelOperation& operation);

  void pop(const ParcelOperation& operation, ParcelShown& shown);
  void pop_number(ParcelType type, ParcelShown& shown);
  void pop_place(const ParcelOperation& operation, ParcelShown& shown);
  void pop_vector(ParcelType type, ParcelShown& shown);
  void pop_object(ParcelType type, ParcelShown& shown);
  void pop_nothing(const ParcelOperation& operation, ParcelShown& shown);
  void free_buffers(ParcelShown& shown);

  template <typename Value>
  void take_number(ParcelType type, const parcel::Popped<Value>& popped, ParcelShown& shown);
  void take_place(const parcel::PoppedBytes& popped, ParcelShown& shown);
  template <typename Element>
  void take_elements(ParcelShown& shown);

  ParcelApi api_;
  DataModel data_model_;
  parcel::Parcel parcel_;
  parcel::ParcelWriter writer_{parcel_};
  parcel::ParcelReader reader_{parcel_};
  parcel::NewerWriter newer_writer_{parcel_};
  parcel::NewerReader newer_reader_{parcel_};
  parcel::Refusal refusal_ = parcel::Refusal::none;
  bool is_null_ = false;
  std::vector<std::byte> buffer_;  // of an init, or the message's data
  std::vector<std::byte> table_;   // of a message
  std::span<const std::byte> data_;
  std::vector<std::uint64_t> to_free_;
};

}  // namespace touchstone::userspace

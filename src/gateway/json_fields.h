// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace docmill::gateway {

// The members of one JSON object, read by name with their types. Every error is an invalid_argument
// that starts with the field's name. A value; cheap to copy.
class JsonFields {
 public:
  // Nesting is limited. `known` names every field there is: an unknown one is refused, unless the
  // list is empty.
  static Result<JsonFields> parse(std::string_view body,
                                  std::initializer_list<std::string_view> known);

  // Absent or null: the fallback, or an error where there is none.
  Result<std::string> text(std::string_view name, std::optional<std::string> fallback = {}) const;
  Result<std::int64_t> integer(std::string_view name, std::optional<std::int64_t> fallback,
                               std::int64_t min, std::int64_t max) const;
  // One string, or an array of strings with 1 to `count_max` of them.
  Result<std::vector<std::string>> texts(std::string_view name, std::size_t count_max) const;
  // An object of its own; empty fields when absent.
  Result<JsonFields> object(std::string_view name,
                            std::initializer_list<std::string_view> known) const;
  bool has(std::string_view name) const;

 private:
  struct State;
  explicit JsonFields(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace docmill::gateway

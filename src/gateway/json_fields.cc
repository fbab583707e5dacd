// SPDX-License-Identifier: Apache-2.0
#include "gateway/json_fields.h"

#include <algorithm>
#include <boost/json.hpp>

namespace docmill::gateway {

namespace json = boost::json;

namespace {

constexpr std::size_t kDepthMax = 32;

std::unexpected<Error> fault(std::string_view name, std::string_view text, std::string code) {
  return fail(ErrorCode::kInvalidArgument, std::string(name) + ": " + std::string(text),
              std::move(code));
}

json::string_view view(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

struct JsonFields::State {
  json::object object;

  const json::value* find(std::string_view name) const {
    const json::value* value = object.if_contains(view(name));
    return value && !value->is_null() ? value : nullptr;
  }

  Status check_known(std::initializer_list<std::string_view> known) const {
    if (known.size() == 0) return {};
    for (const auto& member : object) {
      std::string_view name(member.key().data(), member.key().size());
      if (std::ranges::find(known, name) == known.end())
        return fault(name.size() <= 64 ? name : name.substr(0, 64),
                     "is not a field of this request", "unknown_parameter");
    }
    return {};
  }
};

Result<JsonFields> JsonFields::parse(std::string_view body,
                                     std::initializer_list<std::string_view> known) {
  json::error_code error;
  json::parse_options options;
  options.max_depth = kDepthMax;
  json::value value = json::parse(view(body), error, {}, options);
  if (error || !value.is_object())
    return fail(ErrorCode::kInvalidArgument, "the body is not a JSON object", "invalid_json");
  auto state = std::make_shared<State>();
  state->object = std::move(value.as_object());
  DOCMILL_TRY_VOID(state->check_known(known));
  return JsonFields(std::move(state));
}

bool JsonFields::has(std::string_view name) const { return state_->find(name) != nullptr; }

Result<std::string> JsonFields::text(std::string_view name,
                                     std::optional<std::string> fallback) const {
  const json::value* value = state_->find(name);
  if (!value) {
    if (fallback) return *fallback;
    return fault(name, "is required", "missing_required_parameter");
  }
  if (!value->is_string()) return fault(name, "must be a string", "invalid_type");
  return std::string(value->as_string().data(), value->as_string().size());
}

Result<std::int64_t> JsonFields::integer(std::string_view name,
                                         std::optional<std::int64_t> fallback, std::int64_t min,
                                         std::int64_t max) const {
  const json::value* value = state_->find(name);
  if (!value) {
    if (fallback) return *fallback;
    return fault(name, "is required", "missing_required_parameter");
  }
  json::error_code error;
  auto number = value->is_number() ? value->to_number<std::int64_t>(error) : std::int64_t();
  if (error || !value->is_number()) return fault(name, "must be a whole number", "invalid_type");
  if (number < min || number > max)
    return fault(name, "must be from " + std::to_string(min) + " to " + std::to_string(max),
                 "invalid_value");
  return number;
}

Result<std::vector<std::string>> JsonFields::texts(std::string_view name,
                                                   std::size_t count_max) const {
  const json::value* value = state_->find(name);
  if (!value) return fault(name, "is required", "missing_required_parameter");
  std::vector<std::string> out;
  auto take = [&](const json::value& item) {
    if (item.is_string()) out.emplace_back(item.as_string().data(), item.as_string().size());
    return item.is_string();
  };
  if (take(*value)) return out;
  if (!value->is_array()) return fault(name, "must be a string or an array", "invalid_type");
  const json::array& array = value->as_array();
  if (array.empty()) return fault(name, "is empty", "empty_array");
  if (array.front().is_number() || array.front().is_array())
    return fault(name, "token arrays are not supported; send strings", "invalid_type");
  if (array.size() > count_max)
    return fault(name, "has more than " + std::to_string(count_max) + " items", "array_too_long");
  out.reserve(array.size());
  for (const json::value& item : array)
    if (!take(item)) return fault(name, "must hold strings only", "invalid_type");
  return out;
}

Result<JsonFields> JsonFields::object(std::string_view name,
                                      std::initializer_list<std::string_view> known) const {
  auto state = std::make_shared<State>();
  if (const json::value* value = state_->find(name)) {
    if (!value->is_object()) return fault(name, "must be an object", "invalid_type");
    state->object = value->as_object();
  }
  DOCMILL_TRY_VOID(state->check_known(known));
  return JsonFields(std::move(state));
}

}  // namespace docmill::gateway

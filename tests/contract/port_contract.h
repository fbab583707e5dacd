// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "adapters/decorate/fault_plan.h"
#include "async/runtime.h"
#include "base/clock.h"

// What the suites of this folder share. A suite is instantiated with one PortCase per adapter.
namespace docmill::contract {

// Makes an empty adapter together with all it stands on; what is made goes with the pointer.
template <typename Port>
using MakePort = std::function<std::shared_ptr<Port>(Runtime&, const Clock&)>;

template <typename Port>
struct PortCase {
  std::string name;
  MakePort<Port> make;
};

template <typename Port>
std::string case_name(const ::testing::TestParamInfo<PortCase<Port>>& info) {
  return info.param.name;
}

// The same adapter behind `Fault`, a decorator of it, with a plan in which nothing fails: it must
// change nothing.
template <typename Fault, typename Port>
MakePort<Port> behind(MakePort<Port> make) {
  struct Decorated {
    explicit Decorated(std::shared_ptr<Port> made)
        : inner(std::move(made)), fault(*inner, FaultPlan()) {}
    std::shared_ptr<Port> inner;
    Fault fault;
  };
  return [make = std::move(make)](Runtime& runtime, const Clock& clock) {
    auto decorated = std::make_shared<Decorated>(make(runtime, clock));
    return std::shared_ptr<Port>(decorated, &decorated->fault);
  };
}

// The adapter named `name`, as it is and behind its fault decorator.
template <typename Fault, typename Port>
auto with_and_without_decorator(std::string name, MakePort<Port> make) {
  return ::testing::Values(PortCase<Port>{std::move(name), make},
                           PortCase<Port>{"Decorated", behind<Fault>(make)});
}

template <typename Port>
class PortContract : public ::testing::TestWithParam<PortCase<Port>> {
 protected:
  PortContract() : port_(this->GetParam().make(runtime_, clock_)) {}

  template <typename T>
  T run(Task<T> task) {
    Result<T> result = runtime_.run(std::move(task));
    if (!result) ADD_FAILURE() << result.error().message;
    if constexpr (!std::is_void_v<T>) return result ? std::move(*result) : T();
  }
  template <typename T>
  Error error(Task<T> task) {
    Result<T> result = runtime_.run(std::move(task));
    EXPECT_FALSE(result);
    return result ? Error{} : result.error();
  }
  template <typename T>
  ErrorCode code(Task<T> task) {
    return error(std::move(task)).code;
  }

  ManualClock clock_;
  Context none_ = Context::background();
  Runtime runtime_{{.io_threads = 2}};
  std::shared_ptr<Port> port_;
};

}  // namespace docmill::contract

// SPDX-License-Identifier: Apache-2.0
#include "http/message_parser.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace docmill::http {
namespace {

namespace beast_http = boost::beast::http;
using ErrorCodeOut = boost::beast::error_code;

// Bytes that may wait for the end of a chunk's line or of the trailers.
constexpr std::size_t kPendingBytesMax = 16 << 10;

template <bool kIsRequest>
class Parser final : public MessageParser, private beast_http::basic_parser<kIsRequest> {
  using Base = beast_http::basic_parser<kIsRequest>;
  using View = boost::beast::string_view;

 public:
  Parser(std::size_t header_bytes_max, bool skip_body) {
    Base::header_limit(static_cast<std::uint32_t>(header_bytes_max));
    Base::body_limit(boost::none);  // counted by the reader of the body
    if (skip_body) Base::skip(true);
  }

  Result<std::size_t> feed(std::string_view bytes, std::string& body) override {
    body_ = &body;
    std::size_t taken = 0;
    bool header_before = header_done();
    while (!Base::is_done() && taken < bytes.size()) {
      ErrorCodeOut error;
      taken +=
          Base::put(boost::asio::const_buffer(bytes.data() + taken, bytes.size() - taken), error);
      if (error == beast_http::error::need_more) {
        if (header_done() && bytes.size() - taken > kPendingBytesMax)
          return fail(ErrorCode::kInvalidArgument, "a chunk header without an end");
        break;
      }
      if (error == beast_http::error::header_limit)
        return fail(ErrorCode::kTooLarge, "the header is too large", "header_too_large");
      if (error)
        return fail(ErrorCode::kInvalidArgument, "malformed HTTP message: " + error.message());
      if (!header_before && header_done()) break;
    }
    return taken;
  }

  Status end_of_input() override {
    ErrorCodeOut error;
    if (Base::got_some() && !Base::is_done()) Base::put_eof(error);
    if (error || !Base::is_done())
      return fail(ErrorCode::kUnavailable, "the connection ended inside a message", "cut_off");
    return {};
  }

  bool header_done() const override { return Base::is_header_done(); }
  bool done() const override { return Base::is_done(); }
  bool keep_alive() const override { return header_done() && Base::keep_alive(); }
  std::optional<std::uint64_t> content_length() const override {
    if (!header_done()) return std::nullopt;
    auto length = Base::content_length();
    return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
  }

 private:
  static std::string text(View view) { return {view.data(), view.size()}; }

  void on_request_impl(beast_http::verb, View method, View target, int version,
                       ErrorCodeOut& error) override {
    request_.method = text(method);
    request_.target = text(target);
    request_.version = version;
    if (version != 10 && version != 11) error = beast_http::error::bad_version;
  }

  void on_response_impl(int code, View, int version, ErrorCodeOut& error) override {
    response_.status = code;
    if (version != 10 && version != 11) error = beast_http::error::bad_version;
  }

  void on_field_impl(beast_http::field field, View name, View value, ErrorCodeOut& error) override {
    if (header_done()) return;  // trailers are dropped
    if (field == beast_http::field::transfer_encoding &&
        !equal_ignoring_case(text(value), "chunked"))
      error = beast_http::error::bad_transfer_encoding;
    (kIsRequest ? request_.headers : response_.headers).add(text(name), text(value));
  }

  void on_header_impl(ErrorCodeOut&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCodeOut&) override {}
  std::size_t on_body_impl(View bytes, ErrorCodeOut&) override {
    body_->append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t, View, ErrorCodeOut&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, View bytes, ErrorCodeOut&) override {
    body_->append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_finish_impl(ErrorCodeOut&) override {}

  std::string* body_ = nullptr;
};

}  // namespace

std::unique_ptr<MessageParser> MessageParser::of_request(std::size_t header_bytes_max) {
  return std::make_unique<Parser<true>>(header_bytes_max, false);
}

std::unique_ptr<MessageParser> MessageParser::of_response(std::size_t header_bytes_max,
                                                          bool to_head) {
  return std::make_unique<Parser<false>>(header_bytes_max, to_head);
}

}  // namespace docmill::http

// SPDX-License-Identifier: Apache-2.0
// Streams of an upstream, and multipart forms of a client: the same bytes at two splits must mean
// the same. The first byte says where to split.
#include <cstdlib>

#include "gateway/multipart.h"
#include "http/message_parser.h"
#include "http/sse.h"

namespace docmill {
namespace {

std::vector<http::SseEvent> read_events(std::string_view bytes, std::size_t piece) {
  http::SseReader reader(1 << 16);
  std::vector<http::SseEvent> events;
  for (std::size_t i = 0; i < bytes.size(); i += piece)
    if (!reader.feed(bytes.substr(i, piece), events)) break;
  return events;
}

std::string read_form(std::string_view bytes, std::size_t piece) {
  auto reader = gateway::MultipartReader::create("multipart/form-data; boundary=b");
  std::vector<gateway::MultipartEvent> events;
  for (std::size_t i = 0; i < bytes.size(); i += piece)
    if (!reader->feed(bytes.substr(i, piece), events)) return "refused";
  if (!reader->finish()) return "refused";
  std::string out;
  for (const auto& event : events)
    out += event.kind == gateway::MultipartEvent::Kind::kData
               ? event.data
               : "<" + event.name + "|" + event.filename + ">";
  return out;
}

void read_message(std::string_view bytes, std::size_t piece) {
  auto parser = http::MessageParser::of_request(4096);
  std::string buffer, body;
  for (std::size_t i = 0; i < bytes.size() && !parser->done(); i += piece) {
    buffer.append(bytes.substr(i, piece));
    for (std::size_t before = 0; before != buffer.size() && !parser->done();) {
      before = buffer.size();
      auto taken = parser->feed(buffer, body);
      if (!taken) return;
      buffer.erase(0, *taken);
    }
  }
}

}  // namespace
}  // namespace docmill

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  std::size_t piece = data[0] % 16 + 1;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (docmill::read_events(bytes, piece) != docmill::read_events(bytes, size)) std::abort();
  if (docmill::read_form(bytes, piece) != docmill::read_form(bytes, size)) std::abort();
  docmill::read_message(bytes, piece);
  return 0;
}

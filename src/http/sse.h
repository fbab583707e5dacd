// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace docmill::http {

// One event of a server-sent event stream (WHATWG HTML §9.2.6).
struct SseEvent {
  std::string type;  // of the `event:` field; empty means "message"
  std::string data;  // `data:` lines joined by newlines
  std::string id;    // last event id as of this event

  bool operator==(const SseEvent&) const = default;
};

// Turns bytes, split anywhere, into events: lines end in LF, CR or CRLF; comments and unknown
// fields are skipped; one space after the colon belongs to the syntax; a byte order mark at the
// start is dropped. Bytes inside a line are never looked into, so no character is ever cut. An
// event without its blank line at the end of the stream does not count. One user at a time.
class SseReader {
 public:
  // An event, or a line, beyond `event_bytes_max` is too_large.
  explicit SseReader(std::size_t event_bytes_max = 16 << 20) : event_bytes_max_(event_bytes_max) {}

  // Appends the events that `bytes` completed to `events`.
  Status feed(std::string_view bytes, std::vector<SseEvent>& events);

  // True between events: nothing of a next one has been read.
  bool at_boundary() const { return line_.empty() && !has_data_; }

 private:
  void end_line(std::vector<SseEvent>& events);
  void take_line(std::string_view line, std::vector<SseEvent>& events);

  std::size_t event_bytes_max_;
  std::string line_;  // an unfinished line
  SseEvent event_;
  bool has_data_ = false;
  bool after_cr_ = false;
  bool first_line_ = true;
};

// "data: JSON\n\n". Line ends inside `data` become further data lines.
void append_sse_data(std::string& out, std::string_view data);

// A comment: keeps proxies from closing a silent connection, ignored by every client.
inline constexpr std::string_view kSseKeepAlive = ": ping\n\n";
inline constexpr std::string_view kSseDone = "data: [DONE]\n\n";

}  // namespace docmill::http

// SPDX-License-Identifier: Apache-2.0
#include "http/sse.h"

#include <algorithm>

namespace docmill::http {

Status SseReader::feed(std::string_view bytes, std::vector<SseEvent>& events) {
  while (!bytes.empty()) {
    if (after_cr_) {
      after_cr_ = false;
      if (bytes.front() == '\n') {
        bytes.remove_prefix(1);
        continue;
      }
    }
    std::size_t end = bytes.find_first_of("\r\n");
    std::string_view piece = bytes.substr(0, end);
    if (line_.size() + piece.size() + event_.data.size() > event_bytes_max_)
      return fail(ErrorCode::kTooLarge, "an event of the stream is too large");
    if (end == std::string_view::npos) {
      line_.append(piece);
      return {};
    }
    after_cr_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    if (line_.empty()) {
      take_line(piece, events);
    } else {
      line_.append(piece);
      end_line(events);
    }
  }
  return {};
}

void SseReader::end_line(std::vector<SseEvent>& events) {
  std::string line = std::exchange(line_, {});
  take_line(line, events);
}

void SseReader::take_line(std::string_view line, std::vector<SseEvent>& events) {
  if (std::exchange(first_line_, false) && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
  if (line.empty()) {
    if (has_data_) {
      event_.data.pop_back();  // the newline behind the last data line
      events.push_back(event_);
    }
    event_.data.clear();
    event_.type.clear();
    has_data_ = false;
    return;
  }
  std::size_t colon = line.find(':');
  if (colon == 0) return;
  std::string_view field = line.substr(0, colon);
  std::string_view value;
  if (colon != std::string_view::npos) {
    value = line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
  }
  if (field == "data") {
    event_.data.append(value).push_back('\n');
    has_data_ = true;
  } else if (field == "event") {
    event_.type = value;
  } else if (field == "id" && !value.contains('\0')) {
    event_.id = value;
  }
}

void append_sse_data(std::string& out, std::string_view data) {
  out.append("data: ");
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (data[i] != '\n' && data[i] != '\r') {
      std::size_t end = std::min(data.find_first_of("\r\n", i), data.size());
      out.append(data, i, end - i);
      i = end - 1;
    } else {
      if (data[i] == '\r' && i + 1 < data.size() && data[i + 1] == '\n') ++i;
      out.append("\ndata: ");
    }
  }
  out.append("\n\n");
}

}  // namespace docmill::http

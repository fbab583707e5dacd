// SPDX-License-Identifier: Apache-2.0
#include "adapters/embedded/sqlite_queue.h"

#include <algorithm>
#include <charconv>

#include "adapters/embedded/document_rows.h"
#include "adapters/embedded/wait_list.h"
#include "async/task_group.h"

namespace docmill::embedded {
namespace {

constexpr std::size_t kBodyBytesMax = 256 * 1024;
constexpr int kMessagesMax = 10;
constexpr Milliseconds kWaitMax{20'000};
// How soon a message that another process sent is seen.
constexpr Milliseconds kPoll{50};

// "MESSAGE-DELIVERY": the delivery's number in the life of the message.
struct Receipt {
  std::int64_t message = 0;
  std::int64_t delivery = 0;
};

Result<Receipt> parse_receipt(const std::string& text) {
  Receipt receipt;
  const char* end = text.data() + text.size();
  auto first = std::from_chars(text.data(), end, receipt.message);
  if (first.ec == std::errc() && first.ptr != end && *first.ptr == '-') {
    auto second = std::from_chars(first.ptr + 1, end, receipt.delivery);
    if (second.ec == std::errc() && second.ptr == end) return receipt;
  }
  return fail(ErrorCode::kInvalidArgument, "not a receipt of this queue");
}

Status need_one(std::int64_t changed) {
  if (changed == 1) return {};
  return fail(ErrorCode::kConflict, "the delivery has ended; somebody else may have the message");
}

Result<std::vector<Delivery>> take_ready(Transaction& transaction, const ReceiveRequest& request,
                                         WallTime now) {
  Statement take = transaction.prepare(
      "UPDATE messages SET visible_at=?1, receive_count=receive_count+1, delivered=1 WHERE id IN"
      " (SELECT id FROM messages WHERE visible_at<=?2 ORDER BY visible_at, id LIMIT ?3)"
      " RETURNING id, body, receive_count");
  take.bind(now + request.visibility, now, request.messages_max);
  std::vector<Delivery> deliveries;
  while (true) {
    DOCMILL_TRY(bool row, take.step());
    if (!row) return deliveries;
    deliveries.push_back({take.text(1),
                          std::to_string(take.integer(0)) + "-" + std::to_string(take.integer(2)),
                          static_cast<int>(take.integer(2))});
  }
}

}  // namespace

Result<std::unique_ptr<SqliteQueue>> SqliteQueue::create(Database& database, const Clock& clock) {
  DOCMILL_TRY_VOID(database.migrate(documents_schema()));
  return std::unique_ptr<SqliteQueue>(new SqliteQueue(database, clock));
}

Task<void> SqliteQueue::send(Context context, std::string body, Milliseconds delay) {
  if (body.size() > kBodyBytesMax)
    co_return fail(ErrorCode::kInvalidArgument, "a message has at most 256 KiB");
  if (delay < Milliseconds(0) || delay > kMessageDelayMax)
    co_return fail(ErrorCode::kInvalidArgument, "a message's delay is 0 to 15 minutes");
  co_return co_await database_.write<void>(
      std::move(context), [this, body = std::move(body), delay](Transaction& transaction) {
        return enqueue_message(transaction, body, clock_.now() + delay);
      });
}

Task<std::vector<Delivery>> SqliteQueue::take(Context context, ReceiveRequest request) {
  co_return co_await database_.write<std::vector<Delivery>>(
      std::move(context), [this, request](Transaction& transaction) {
        return take_ready(transaction, request, clock_.now());
      });
}

Task<bool> SqliteQueue::any_ready(Context context) {
  co_return co_await database_.read<bool>(
      std::move(context), [this](Transaction& transaction) -> Result<bool> {
        Statement find = transaction.prepare("SELECT 1 FROM messages WHERE visible_at<=? LIMIT 1");
        return find.bind(clock_.now()).step();
      });
}

Task<std::vector<Delivery>> SqliteQueue::receive(Context context, ReceiveRequest request) {
  if (request.messages_max < 1 || request.messages_max > kMessagesMax)
    co_return fail(ErrorCode::kInvalidArgument, "receive 1 to 10 messages");
  if (request.wait < Milliseconds(0) || request.wait > kWaitMax)
    co_return fail(ErrorCode::kInvalidArgument, "wait 0 to 20 seconds");
  Context until = context.with_timeout(request.wait);
  bool ready = true;  // the first look takes at once
  while (true) {
    Context wake = database_.message_waiters().join(context);
    if (ready) {
      auto result = co_await take(context, request);
      if (!result || !result->empty() || request.wait == Milliseconds(0)) {
        database_.message_waiters().leave(wake, false);
        co_return result;
      }
    }
    Milliseconds left = until.remaining(request.wait);
    if (left > Milliseconds(0)) (void)co_await sleep_for(wake, std::min(left, kPoll));
    bool woken = wake.cancelled();
    database_.message_waiters().leave(wake, true);
    DOCMILL_CO_TRY_VOID(context.check());
    if (left == Milliseconds(0) && !woken) co_return std::vector<Delivery>();
    ready = woken;
    if (!woken) {
      DOCMILL_CO_TRY(bool found, co_await any_ready(context));
      ready = found;
    }
  }
}

Task<void> SqliteQueue::extend(Context context, std::string receipt, Milliseconds visibility) {
  DOCMILL_CO_TRY(Receipt parsed, parse_receipt(receipt));
  co_return co_await database_.write<void>(
      std::move(context), [this, parsed, visibility](Transaction& transaction) -> Status {
        WallTime now = clock_.now();
        DOCMILL_TRY(std::int64_t changed,
                    transaction.run("UPDATE messages SET visible_at=? WHERE id=? AND delivered=1"
                                    " AND receive_count=? AND visible_at>?",
                                    now + visibility, parsed.message, parsed.delivery, now));
        return need_one(changed);
      });
}

Task<void> SqliteQueue::ack(Context context, std::string receipt) {
  DOCMILL_CO_TRY(Receipt parsed, parse_receipt(receipt));
  co_return co_await database_.write<void>(
      std::move(context), [this, parsed](Transaction& transaction) -> Status {
        DOCMILL_TRY(std::int64_t changed,
                    transaction.run("DELETE FROM messages WHERE id=? AND delivered=1"
                                    " AND receive_count=? AND visible_at>?",
                                    parsed.message, parsed.delivery, clock_.now()));
        return need_one(changed);
      });
}

Task<void> SqliteQueue::release(Context context, std::string receipt, Milliseconds delay) {
  DOCMILL_CO_TRY(Receipt parsed, parse_receipt(receipt));
  co_return co_await database_.write<void>(
      std::move(context), [this, parsed, delay](Transaction& transaction) -> Status {
        WallTime now = clock_.now();
        DOCMILL_TRY(std::int64_t changed,
                    transaction.run("UPDATE messages SET visible_at=?, delivered=0 WHERE id=? AND"
                                    " delivered=1 AND receive_count=? AND visible_at>?",
                                    now + delay, parsed.message, parsed.delivery, now));
        transaction.note_messages(1);
        return need_one(changed);
      });
}

Task<QueueDepth> SqliteQueue::depth(Context context) {
  co_return co_await database_.read<QueueDepth>(
      std::move(context), [this](Transaction& transaction) -> Result<QueueDepth> {
        Statement count = transaction.prepare(
            "SELECT count(*) FILTER (WHERE visible_at<=?1),"
            " count(*) FILTER (WHERE visible_at>?1 AND delivered=0),"
            " count(*) FILTER (WHERE visible_at>?1 AND delivered=1) FROM messages");
        DOCMILL_TRY_VOID(count.bind(clock_.now()).step());
        return QueueDepth{count.integer(0), count.integer(1), count.integer(2)};
      });
}

}  // namespace docmill::embedded

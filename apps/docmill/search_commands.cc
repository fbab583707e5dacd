// SPDX-License-Identifier: Apache-2.0
// search, ask: reading the documents.
#include <fmt/format.h>

#include "base/json_text.h"
#include "base/utf8.h"
#include "commands.h"
#include "console.h"
#include "retrieval/answerer.h"

namespace docmill::app {
namespace {

constexpr std::size_t kShownBytes = 400;

std::string words_of(const Options& options) {
  std::string query;
  for (const std::string& word : options.arguments) query += (query.empty() ? "" : " ") + word;
  return query;
}

std::string page_json(int page) { return page > 0 ? std::to_string(page) : "null"; }

std::string result_json(const retrieval::SearchResult& result) {
  return fmt::format(
      R"({{"document": "{}", "uri": {}, "title": {}, "page": {}, "heading_path": {}, )"
      R"("score": {:.6f}, "text": {}}})",
      result.document, json_string(result.uri), json_string(result.title),
      page_json(result.page_first), json_string(result.heading_path), result.score,
      json_string(result.text));
}

void print_result(std::size_t rank, const retrieval::SearchResult& result) {
  std::string title = result.title.empty() ? result.uri : result.title;
  print_line(fmt::format("{}. {}{}", rank, terminal_text(title),
                         result.page_first > 0 ? fmt::format(", page {}", result.page_first) : ""));
  print_line("   " + terminal_text(result.uri));
  if (!result.heading_path.empty()) print_line("   " + terminal_text(result.heading_path));
  std::string shown = terminal_text(utf8_prefix(result.text, kShownBytes));
  print_line(fmt::format("   {}{}\n", shown, result.text.size() > shown.size() ? " …" : ""));
}

}  // namespace

Task<int> search_command(App& app, Context context, Options options) {
  DOCMILL_CO_TRY(retrieval::Searcher * searcher, app.searcher());
  retrieval::SearchRequest request{
      .collection = options.collection,
      .query = words_of(options),
      .k = options.results,
      .mode = retrieval::mode_of_name(options.mode).value_or(retrieval::SearchMode::kHybrid)};
  DOCMILL_CO_TRY(auto found, co_await searcher->search(context, std::move(request)));
  const auto& results = found.results;
  if (options.json) {
    std::string out;
    for (const auto& result : results) out += (out.empty() ? "" : ", ") + result_json(result);
    print_line("{\"results\": [" + out + "]}");
    co_return kExitOk;
  }
  for (std::size_t i = 0; i < results.size(); ++i) print_result(i + 1, results[i]);
  if (results.empty()) print_line("Nothing found.");
  co_return kExitOk;
}

Task<int> ask_command(App& app, Context context, Options options) {
  DOCMILL_CO_TRY(retrieval::Answerer * answerer, app.answerer());
  DOCMILL_CO_TRY(retrieval::Answer answer,
                 co_await answerer->ask(context, words_of(options), options.collection));
  if (options.json) {
    print_line(fmt::format(R"({{"answer": {}, "model": {}, "citations": {}}})",
                           json_string(answer.text), json_string(answer.model),
                           retrieval::citations_json(answer.citations)));
    co_return kExitOk;
  }
  print_line(answer.text);
  if (!answer.citations.empty()) print_line("\nSources");
  for (std::size_t i = 0; i < answer.citations.size(); ++i) {
    const retrieval::Citation& citation = answer.citations[i];
    std::string numbers = fmt::format("[{}]", citation.number);
    // Quotes of one page stand together.
    while (i + 1 < answer.citations.size() && answer.citations[i + 1].uri == citation.uri &&
           answer.citations[i + 1].page == citation.page)
      numbers += fmt::format(" [{}]", answer.citations[++i].number);
    std::string title = citation.title.empty() ? citation.uri : citation.title;
    print_line(fmt::format("{} {}{}\n    {}", numbers, terminal_text(title),
                           citation.page > 0 ? fmt::format(", page {}", citation.page) : "",
                           terminal_text(citation.uri)));
  }
  co_return kExitOk;
}

}  // namespace docmill::app

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "ports/chat_model.h"
#include "retrieval/citation.h"
#include "retrieval/extractive.h"
#include "retrieval/searcher.h"

namespace docmill::retrieval {

struct AnswerSettings {
  std::string collection = "default";
  int sources = 6;             // passages a model is given
  int extractive_sources = 3;  // passages quoted without a model
  std::size_t sentences_each = 2;
  std::size_t sentences_max = 64;  // compared with the question
  std::string model_name;          // what the upstream calls its model
};

struct Answer {
  std::string text;
  std::string model;  // the writing model's name, or "extractive"
  std::vector<Citation> citations;
  ChatUsage usage;  // of the writing model; zero when extractive
};

// Answers questions over the documents, with sources whose quoted words are checked. With a
// language model it writes; without one the sentences of the best passages that are nearest to the
// question in words and meaning are quoted, and said to be quotes. As a ChatModel ("docmill/ask")
// the last user message is the question. Thread-safe.
class Answerer final : public ChatModel {
 public:
  // `writer` may be null. `embedder` compares sentences with the question. Everything outlives the
  // answerer.
  Answerer(Searcher& searcher, Embedder& embedder, ChatModel* writer, const Clock& clock,
           AnswerSettings settings);

  // Says plainly when nothing was found. Errors: invalid_argument, those of search and writer.
  Task<Answer> ask(Context context, std::string question, std::string collection);

  const std::string& name() const override;
  // Answers carry a top-level member `citations`; streamed, it is in the last content chunk.
  Task<ChatUsage> chat(Context context, ChatCall call, ChatSink& sink) override;

 private:
  Task<Answer> extractive(Context context, std::string question, std::vector<SearchResult> sources);
  Task<std::vector<float>> cosines(Context context, std::string question,
                                   std::vector<Extract> sentences);
  Task<Answer> written(Context context, std::string question, std::vector<SearchResult> sources);

  Searcher& searcher_;
  Embedder& embedder_;
  ChatModel* writer_;
  const Clock& clock_;
  AnswerSettings settings_;
  std::string name_ = "docmill/ask";
};

// The last user message of an OpenAI chat body, as text. invalid_argument when there is none.
Result<std::string> question_of(const std::string& body);

// The chat body that asks a model to answer from numbered sources. Document text is data in it: it
// stands between marks and the model is told not to follow it.
std::string make_prompt_body(const std::string& model, const std::string& question,
                             const std::vector<SearchResult>& sources);

// [{"number","document","uri","title","page","quote"}]
std::string citations_json(const std::vector<Citation>& citations);

}  // namespace docmill::retrieval

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "contract/port_contract.h"
#include "ports/key_store.h"

namespace docmill::contract {

// What every KeyStore promises (ports/key_store.h).
class KeyStoreContract : public PortContract<KeyStore> {
 protected:
  ApiKey create(std::string name) { return run(port_->create(none_, std::move(name))).key; }
  ApiKey find(const std::string& id) { return run(port_->find(none_, id)).value_or(ApiKey{}); }
};

TEST_P(KeyStoreContract, CreatedKeyIsFoundByItsIdAndHoldsOnlyTheHash) {
  CreatedApiKey created = run(port_->create(none_, "ci"));
  auto text = parse_api_key(created.text);
  ASSERT_TRUE(text);
  EXPECT_EQ(text->id, created.key.id);
  EXPECT_EQ(text->id.size(), 12u);
  ApiKey found = find(text->id);
  EXPECT_EQ(found.name, "ci");
  EXPECT_EQ(found.secret_hash, sha256(text->secret));
  EXPECT_EQ(found.created_at, clock_.now());
  EXPECT_FALSE(found.revoked_at);
  EXPECT_FALSE(found.last_used_at);
}

TEST_P(KeyStoreContract, KeysOfOneNameDiffer) {
  CreatedApiKey one = run(port_->create(none_, "same")), two = run(port_->create(none_, "same"));
  EXPECT_NE(one.key.id, two.key.id);
  EXPECT_NE(one.key.secret_hash, two.key.secret_hash);
  EXPECT_EQ(run(port_->count(none_)), 2);
}

TEST_P(KeyStoreContract, NamesAreOneToAHundredBytesOfUtf8) {
  for (std::string name : {std::string(), std::string(101, 'n'), std::string("\xff")})
    EXPECT_EQ(code(port_->create(none_, name)), ErrorCode::kInvalidArgument);
  EXPECT_EQ(run(port_->count(none_)), 0);
  EXPECT_EQ(create(std::string(100, 'n')).name, std::string(100, 'n'));
}

TEST_P(KeyStoreContract, UnknownIdIsNothingToFindAndNotFoundToRevoke) {
  EXPECT_FALSE(run(port_->find(none_, "000000000000")));
  EXPECT_EQ(code(port_->revoke(none_, "000000000000")), ErrorCode::kNotFound);
}

TEST_P(KeyStoreContract, RevokedKeyStaysAndKeepsTheTimeOfItsFirstRevocation) {
  std::string id = create("a").id;
  WallTime revoked_at = clock_.now();
  run(port_->revoke(none_, id));
  clock_.advance(Milliseconds(1000));
  run(port_->revoke(none_, id));
  EXPECT_EQ(find(id).revoked_at, revoked_at);
  EXPECT_EQ(run(port_->count(none_)), 1);
  EXPECT_EQ(run(port_->list(none_)).size(), 1u);
}

TEST_P(KeyStoreContract, RevokingOneKeyLeavesTheOthers) {
  std::string one = create("one").id, two = create("two").id;
  run(port_->revoke(none_, one));
  EXPECT_TRUE(find(one).revoked_at);
  EXPECT_FALSE(find(two).revoked_at);
}

TEST_P(KeyStoreContract, ListIsOldestFirst) {
  std::vector<std::string> created, listed;
  for (const char* name : {"c", "a", "b"}) {
    created.push_back(create(name).id);
    clock_.advance(Milliseconds(1));
  }
  for (const ApiKey& key : run(port_->list(none_))) listed.push_back(key.id);
  EXPECT_EQ(listed, created);
}

TEST_P(KeyStoreContract, MarkUsedNotesTheTimeAndIgnoresUnknownIds) {
  std::string used = create("used").id, other = create("other").id;
  clock_.advance(Milliseconds(5000));
  run(port_->mark_used(none_, {"000000000000", used}));
  EXPECT_EQ(find(used).last_used_at, clock_.now());
  EXPECT_FALSE(find(other).last_used_at);
  run(port_->mark_used(none_, {}));
}

}  // namespace docmill::contract

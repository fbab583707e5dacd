// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/gateway.h"
#include "gateway/router.h"

namespace docmill::gateway {

// What the routes share. Lives as long as the gateway.
struct RouteEnvironment {
  GatewayServices services;
  GatewaySettings settings;
};

// Each adds the routes of one subject; `environment` outlives the router.
void add_chat_routes(Router& router, RouteEnvironment& environment);       // chat completions
void add_model_routes(Router& router, RouteEnvironment& environment);      // models, embeddings
void add_document_routes(Router& router, RouteEnvironment& environment);   // documents
void add_knowledge_routes(Router& router, RouteEnvironment& environment);  // search, crawls
void add_status_routes(Router& router, RouteEnvironment& environment);     // health, metrics

}  // namespace docmill::gateway

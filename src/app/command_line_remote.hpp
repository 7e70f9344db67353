// The part of the command line that is about a running server: call, listen, logs, replay, trigger, endpoint,
// calls. Called by app/command_line.cpp. Throws nothing but what CLI11 throws for a command line that is wrong.
#pragma once

#include "app/commands_remote.hpp"

namespace CLI {
class App;
}

namespace wrapup {

/// What the options of these commands are read into. Must outlive the App.
struct RemoteArguments {
  RemoteCommon common;
  LogsOptions logs;
  ReplayOptions replay;
  TriggerOptions trigger;
  CallOptions call;
  ListenOptions listen;
  EndpointsOptions endpoints;
  EndpointChange change;
  CallsOptions calls;
  std::string id;  // of what a command is about
  std::int64_t limit = 20;
  bool curl = false;
  bool yes = false;
};

/// `exit_code` is set when one of them was named and has run.
void add_remote_commands(CLI::App& app, RemoteArguments& arguments, int& exit_code);

}  // namespace wrapup

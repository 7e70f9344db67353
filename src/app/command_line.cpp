#include "app/command_line.hpp"

#include <cstdio>
#include <sstream>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/attempt_text.hpp"
#include "app/command_line_remote.hpp"
#include "app/commands.hpp"
#include "app/completion.hpp"
#include "app/demo.hpp"
#include "base/fields.hpp"
#include "base/version.hpp"
#include "model/call.hpp"
#include "storage/access.hpp"

namespace wrapup {

namespace {

constexpr const char* kAbout =
    "wrapup: a self-hosted post-call webhook engine.\n"
    "Phone calls come in; evaluated, signed and delivered webhooks go out.\n";

constexpr const char* kNext =
    "First steps:\n"
    "  wrapup demo                   see a call become a signed webhook, in seconds\n"
    "  wrapup serve                  console and API on 127.0.0.1:8787, data in ./wrapup-data; prints an API key once\n"
    "  wrapup trigger URL            send a sample webhook to a receiver of yours, and see what comes of it\n"
    "  wrapup logs --follow          watch webhooks go out\n"
    "  wrapup config print           every setting, with its default and its environment variable\n"
    "  wrapup COMMAND --help         what a command takes\n"
    "\nExit codes: 0 done, 1 failed, 2 wrongly called.\n";

/// What the options of all commands are read into.
struct Arguments {
  ConfigSources sources;
  std::string data;
  std::string listen;
  ServeOptions serve;
  std::string workspace{kDefaultWorkspace};
  std::string key_name;
  std::string key_id;
  std::vector<std::string> key_scopes;
  std::string secret_workspace;  // of the list; empty: all
  std::string secret_kind{"hmac"};
  std::string secret_name;
  std::string secret_id;
  std::string overlap{"24h"};
  bool replace_lost = false;
  MigrateOptions migrate;
  std::string moved_file;  // of export and import
  VerifyOptions verify;
  EvalOptions eval;
  bool eval_rules = false;  // said in so many words; they answer anyhow without --model
  RemoteArguments remote;
  int exit_code = kDone;

  ConfigSources complete() const {
    ConfigSources all = sources;
    all.environment = read_environment();
    return all;
  }
};

void add_config(CLI::App& command, Arguments& arguments) {
  command.add_option("--config", arguments.sources.file, "Configuration file (TOML)")->type_name("FILE");
}

/// A flag that sets a setting, over the environment and the file.
void add_setting(CLI::App& command, Arguments& arguments, const std::string& name, const std::string& type,
                 const std::string& help) {
  command
      .add_option_function<std::string>(
          "--" + name,
          [&arguments, name](const std::string& text) { arguments.sources.flags.emplace_back(name, text); }, help)
      ->type_name(type);
}

void add_data(CLI::App& command, Arguments& arguments) {
  add_setting(command, arguments, "data", "DIR", "Folder of the database (default ./wrapup-data)");
  add_setting(command, arguments, "database", "URL", "PostgreSQL in place of the folder: postgres://user@host/name");
}

void add_serve(CLI::App& app, Arguments& arguments) {
  auto* serve = app.add_subcommand("serve", "Run the server until SIGTERM or SIGINT");
  add_data(*serve, arguments);
  add_setting(*serve, arguments, "listen", "HOST:PORT", "Address of the API (default 127.0.0.1:8787; port 0: any)");
  add_config(*serve, arguments);
  serve->add_flag_callback(
      "--read-only", [&arguments] { arguments.sources.flags.emplace_back("read_only", "true"); },
      "Serve reads alone: change nothing, deliver nothing");
  serve->add_flag("--dev", arguments.serve.dev, "For development: webhooks may go to plain http and to this machine");
  serve->add_option("--api-key", arguments.serve.api_key, "Only with --dev: a fixed key of the workspace \"default\"")
      ->type_name("KEY");
  serve->add_option("--webhook-secret", arguments.serve.webhook_secret, "Only with --dev: its fixed signing secret")
      ->type_name("SECRET");
  serve->footer(
      "Every other setting stands in the file or in the environment: `wrapup config print` shows them all.\n"
      "The first start makes an API key and a signing secret and prints them once.\n");
  serve->callback([&arguments] { arguments.exit_code = serve_command(arguments.complete(), arguments.serve); });
}

void add_demo(CLI::App& app, Arguments& arguments) {
  auto* demo = app.add_subcommand("demo", "Show a call becoming a signed webhook, from start to end");
  demo->footer(
      "Starts a server on a temporary folder and a free port, and a receiver; places a simulated call; shows the\n"
      "events, the webhook, its signatures, its log entry and where the time went. Leaves nothing running.\n");
  demo->callback([&arguments] {
    const auto environment = read_environment();
    const auto has = [&](const char* name, std::string_view value) {
      const auto found = environment.find(name);
      return found != environment.end() && (value.empty() ? !found->second.empty() : found->second == value);
    };
    DemoOptions options;
    options.color = ::isatty(STDOUT_FILENO) == 1 && !has("NO_COLOR", "") && !has("TERM", "dumb");
    arguments.exit_code = run_demo(options);
  });
}

void add_config_commands(CLI::App& app, Arguments& arguments) {
  auto* config = app.add_subcommand("config", "Check or print the configuration");
  config->require_subcommand(1);
  auto* check = config->add_subcommand("check", "Name everything that is wrong, each with its place");
  add_config(*check, arguments);
  check->callback([&arguments] { arguments.exit_code = config_check_command(arguments.complete()); });
  auto* print = config->add_subcommand("print", "Print every setting as it is in effect, as a commented TOML file");
  add_config(*print, arguments);
  print->callback([&arguments] { arguments.exit_code = config_print_command(arguments.complete()); });
}

void add_key_commands(CLI::App& app, Arguments& arguments) {
  auto* key = app.add_subcommand("key", "Create, list or revoke API keys, also while a server runs");
  key->require_subcommand(1);
  auto* create = key->add_subcommand("create", "Make a key and print it once");
  add_data(*create, arguments);
  add_config(*create, arguments);
  create->add_option("--workspace", arguments.workspace, "Whose key; made when it is new (default \"default\")")
      ->type_name("NAME");
  create->add_option("--name", arguments.key_name, "What the key is for, to tell keys apart")->type_name("TEXT");
  create
      ->add_option(
          "--scope", arguments.key_scopes,
          "What it may do: calls:read, calls:write, events:write, admin (all of them); more than once (default "
          "all)")
      ->type_name("SCOPE")
      ->delimiter(',');
  create->callback([&arguments] {
    arguments.exit_code =
        key_create_command(arguments.complete(), arguments.workspace, arguments.key_name, arguments.key_scopes);
  });
  auto* list = key->add_subcommand("list", "List keys: their ids and beginnings, never a whole key");
  add_data(*list, arguments);
  add_config(*list, arguments);
  list->callback([&arguments] { arguments.exit_code = key_list_command(arguments.complete()); });
  auto* revoke = key->add_subcommand("revoke", "End a key at once");
  add_data(*revoke, arguments);
  add_config(*revoke, arguments);
  revoke->add_option("KEY_ID", arguments.key_id, "The id that `wrapup key list` shows")->required();
  revoke->callback([&arguments] { arguments.exit_code = key_revoke_command(arguments.complete(), arguments.key_id); });
}

/// A command on the secrets of a data folder.
CLI::App& add_secret_command(CLI::App& secret, Arguments& arguments, const std::string& name, const std::string& help) {
  auto* command = secret.add_subcommand(name, help);
  add_data(*command, arguments);
  add_config(*command, arguments);
  return *command;
}

void add_secret_commands(CLI::App& app, Arguments& arguments) {
  auto* secret =
      app.add_subcommand("secret", "What webhooks are signed with: create, rotate, revoke, also while a server runs");
  secret->require_subcommand(1);
  secret->footer("A running server signs with what was changed after five seconds at most.\n");
  auto& list =
      add_secret_command(*secret, arguments, "list", "List secrets: their ids and states, never a secret itself");
  list.add_option("--workspace", arguments.secret_workspace, "Of this one alone (default: all)")->type_name("NAME");
  list.callback(
      [&arguments] { arguments.exit_code = secret_list_command(arguments.complete(), arguments.secret_workspace); });

  auto& create = add_secret_command(*secret, arguments, "create", "Make one more that signs, and print it once");
  create.add_option("--workspace", arguments.workspace, "Whose secret (default \"default\")")->type_name("NAME");
  create.add_option("--kind", arguments.secret_kind, "hmac (default), or ed25519: then its public key is printed")
      ->type_name("KIND");
  create.add_option("--name", arguments.secret_name, "What it is for, to tell secrets apart")->type_name("TEXT");
  create.callback([&arguments] {
    arguments.exit_code =
        secret_create_command(arguments.complete(), arguments.workspace, arguments.secret_kind, arguments.secret_name);
  });

  const auto add_id = [&arguments](CLI::App& command) {
    command.add_option("SECRET_ID", arguments.secret_id, "The id that `wrapup secret list` shows")->required();
  };
  auto& rotate =
      add_secret_command(*secret, arguments, "rotate", "Put a new one in the place of one, and print it once");
  add_id(rotate);
  rotate.add_option("--overlap", arguments.overlap, "How long the old one signs too (default 24h; 0s to 30d)")
      ->type_name("DURATION");
  rotate.callback([&arguments] {
    arguments.exit_code = secret_rotate_command(arguments.complete(), arguments.secret_id, arguments.overlap);
  });

  auto& revoke = add_secret_command(*secret, arguments, "revoke", "End one at once");
  add_id(revoke);
  revoke.callback(
      [&arguments] { arguments.exit_code = secret_revoke_command(arguments.complete(), arguments.secret_id); });

  auto& reseal =
      add_secret_command(*secret, arguments, "reseal", "Seal with the first master key what another one sealed");
  reseal.add_flag("--replace-lost", arguments.replace_lost,
                  "When a master key is lost for good: give up what it sealed, and make and print new secrets");
  reseal.callback(
      [&arguments] { arguments.exit_code = secret_reseal_command(arguments.complete(), arguments.replace_lost); });
}

void add_move_commands(CLI::App& app, Arguments& arguments) {
  auto* migrate =
      app.add_subcommand("migrate", "Bring the schema of a database up to date, or move everything to another one");
  add_data(*migrate, arguments);
  add_config(*migrate, arguments);
  migrate->add_flag("--check", arguments.migrate.check, "Change nothing; exit with 1 when steps are missing");
  migrate->add_option("--from", arguments.migrate.from, "Move from here: sqlite:FOLDER, or a postgres:// URL")
      ->type_name("PLACE");
  migrate->add_option("--to", arguments.migrate.to, "To an empty database: likewise")->type_name("PLACE");
  migrate->footer(
      "For example:\n"
      "  wrapup migrate --check --database postgres://wrapup@db.example.com/wrapup\n"
      "  wrapup migrate --from sqlite:./wrapup-data --to postgres://wrapup@db.example.com/wrapup\n"
      "A move that was interrupted goes on when the same command is given again.\n");
  migrate->callback([&arguments] { arguments.exit_code = migrate_command(arguments.complete(), arguments.migrate); });

  auto* out = app.add_subcommand("export", "Write everything to a file, also while a server runs");
  out->add_option("FILE", arguments.moved_file, "A new file; \"-\": standard output")->required();
  add_data(*out, arguments);
  add_config(*out, arguments);
  out->footer(
      "For example:\n"
      "  wrapup export wrapup.export\n"
      "  wrapup export - | zstd -o wrapup.export.zst\n"
      "Secrets are written as they are kept, sealed: keep the master key too.\n");
  out->callback([&arguments] { arguments.exit_code = export_command(arguments.complete(), arguments.moved_file); });

  auto* in = app.add_subcommand("import", "Read the file of an export into an empty database");
  in->add_option("FILE", arguments.moved_file, "The file; \"-\": standard input")->required();
  add_data(*in, arguments);
  add_config(*in, arguments);
  in->footer("The master key of where the export was made must be here. An import that was interrupted goes on.\n");
  in->callback([&arguments] { arguments.exit_code = import_command(arguments.complete(), arguments.moved_file); });
}

void add_verify(CLI::App& app, Arguments& arguments) {
  VerifyOptions& options = arguments.verify;
  auto* verify = app.add_subcommand("verify", "Check the signatures of a captured webhook and say why one fails");
  verify->add_option("--secret", options.secret, "The signing secret, as it was shown: checks v1 and the call-id form")
      ->type_name("SECRET");
  verify->add_option("--public-key", options.public_key, "A public key, whpk_…: checks v1a")->type_name("KEY");
  verify->add_option("--headers", options.headers_file, "Its headers: lines \"Name: value\", or a JSON object")
      ->type_name("FILE");
  verify->add_option("--body", options.body_file, "Its body, byte for byte (default: standard input)")
      ->type_name("FILE");
  verify->add_option("--id", options.webhook_id, "In place of the header webhook-id")->type_name("TEXT");
  verify->add_option("--timestamp", options.timestamp, "In place of the header webhook-timestamp")
      ->type_name("SECONDS");
  verify->add_option("--signature", options.signature, "In place of the header webhook-signature")->type_name("TEXT");
  verify->add_option("--call-id", options.call_id, "In place of call.call_id in the body")->type_name("ID");
  verify->add_option("--call-id-signature", options.call_id_signature, "In place of the header Synthflow-Signature")
      ->type_name("TEXT");
  verify->add_option("--max-age", options.max_age, "How far the timestamp may be from now (default 5m)")
      ->type_name("DURATION");
  verify->footer(
      "For example:\n"
      "  wrapup verify --secret whsec_… --headers headers.txt --body body.json --max-age 7d\n"
      "Exits with 0 when every signature that is there fits, else with 1.\n");
  verify->callback([&arguments] { arguments.exit_code = verify_command(arguments.verify, SystemClock()); });
}

void add_eval(CLI::App& app, Arguments& arguments) {
  EvalOptions& options = arguments.eval;
  auto* eval = app.add_subcommand("eval", "Run extractors over labelled calls and score the answers");
  eval->add_option("FILE", options.file, "Labelled calls, one JSON object a line (docs/eval.md)")->required();
  add_config(*eval, arguments);
  auto* model = eval->add_flag("--model", options.model, "Ask the model of the configuration");
  eval->add_flag("--rules", arguments.eval_rules, "Let the rules answer (the default)")->excludes(model);
  eval->add_flag("--judge", options.judge, "Judge the calls too");
  eval->add_flag("--by-identifier", options.by_identifier, "Show the score of each question too");
  eval->add_option("--out", options.out, "Write the answers there, one call a line")->type_name("FILE");
  eval->add_option("--compare", options.compare, "Answers of a run before: show what moved")->type_name("FILE");
  eval->add_option("--limit", options.limit, "Only so many calls")->type_name("N")->check(CLI::PositiveNumber);
  eval->add_option("--errors", options.errors, "Show the first wrong answers")->type_name("N");
  eval->footer(
      "For example:\n"
      "  wrapup eval calls.jsonl --rules --out rules.jsonl\n"
      "  wrapup eval calls.jsonl --model --config wrapup.toml --out model.jsonl --compare rules.jsonl\n");
  eval->callback([&arguments] { arguments.exit_code = eval_command(arguments.complete(), arguments.eval); });
}

void add_version(CLI::App& app) {
  const std::string text = std::string("wrapup ") + kProgramVersion;
  app.set_version_flag("--version", text, "Print the version");
  app.add_subcommand("version", "Print the version")->callback([text] { fmt::print("{}\n", text); });
}

/// The values of an option of this type, when there are only so many.
std::vector<std::string> choices_of(const std::string& type) {
  std::vector<std::string> choices;
  if (type == "STATUS") {
    for (const auto name : call_status_names()) {
      if (is_terminal(*call_status_from(name))) choices.emplace_back(name);
    }
  } else if (type == "CLASS") {
    for (const auto name : failure_classes()) choices.emplace_back(name);
  } else if (type.find('|') != std::string::npos) {
    std::istringstream words(type);
    for (std::string word; std::getline(words, word, '|');) choices.push_back(word);
  }
  return choices;
}

/// What the shells need to know of a command and those below it.
CommandInfo described(const CLI::App& command) {
  CommandInfo info{command.get_name(), command.get_description(), {}, {}};
  for (const auto* option : command.get_options()) {
    OptionInfo known;
    known.help = option->get_description();
    for (const auto& name : option->get_lnames()) known.names.push_back("--" + name);
    for (const auto& name : option->get_snames()) known.names.push_back("-" + name);
    if (option->get_items_expected_max() > 0) known.type = option->get_type_name();
    known.choices = choices_of(known.type);
    if (!known.names.empty()) info.options.push_back(std::move(known));
  }
  for (const auto* child : command.get_subcommands([](const CLI::App*) { return true; }))
    info.commands.push_back(described(*child));
  return info;
}

void add_completion(CLI::App& app) {
  auto* completion =
      app.add_subcommand("completion", "Print a script that completes commands and options in your shell");
  completion->require_subcommand(1);
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    auto* command = completion->add_subcommand(shell, "For " + shell);
    command->callback([&app, shell] { fmt::print("{}", completion_script(shell, described(app))); });
  }
  completion->footer("The script says how it is put to use: for this shell, source <(wrapup completion bash)\n");
}

/// The innermost command that was named.
const CLI::App& innermost(const CLI::App& app) {
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  return *command;
}

std::string full_name(const CLI::App& command) {
  const auto* parent = command.get_parent();
  return parent ? full_name(*parent) + " " + command.get_name() : "wrapup";
}

/// What was perhaps meant by a word that nobody knows; empty when that cannot be told.
std::string meant_by(const CLI::App& command, const std::string& word) {
  std::vector<std::string> names;
  for (const auto* child : command.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(child->get_name());
  for (const auto* option : command.get_options()) {
    if (!option->get_lnames().empty()) names.push_back("--" + option->get_lnames().front());
  }
  const std::string name = word.substr(0, word.find('='));
  return std::string(nearest_name(name, std::vector<std::string_view>(names.begin(), names.end())));
}

int report_wrong_call(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& command = innermost(app);
  const auto unknown = app.remaining(true);
  if (unknown.empty() && command.get_require_subcommand_min() > 0) {
    std::string names;
    for (const auto* child : command.get_subcommands([](const CLI::App*) { return true; }))
      names += (names.empty() ? "" : ", ") + child->get_name();
    fmt::print(stderr, "wrapup: which command? There are {}.\n", names);
  } else if (unknown.empty()) {
    fmt::print(stderr, "wrapup: {}\n", error.what());
  } else {
    const std::string near = meant_by(command, unknown.front());
    fmt::print(stderr, "wrapup: there is no command or option {}{}\n", unknown.front(),
               near.empty() ? "" : "; did you mean " + near + "?");
  }
  fmt::print(stderr, "Run `{} --help` to see what it takes.\n", full_name(command));
  return kWronglyCalled;
}

}  // namespace

int run_command_line(int argc, const char* const* argv) {
  Arguments arguments;
  CLI::App app(kAbout, "wrapup");
  app.require_subcommand(1);
  app.set_help_flag("-h,--help", "Print this help");
  add_serve(app, arguments);
  add_demo(app, arguments);
  add_config_commands(app, arguments);
  add_key_commands(app, arguments);
  add_secret_commands(app, arguments);
  add_move_commands(app, arguments);
  add_remote_commands(app, arguments.remote, arguments.exit_code);
  add_verify(app, arguments);
  add_eval(app, arguments);
  add_completion(app);
  add_version(app);
  app.footer(kNext);  // last: a command takes over the footer that is there when it is added
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& done) {
    return app.exit(done);  // --help, --version
  } catch (const CLI::ParseError& error) {
    return report_wrong_call(app, error);
  }
  return arguments.exit_code;
}

}  // namespace wrapup

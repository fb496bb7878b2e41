#include "emulator/cni/iptables_command.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <sstream>

#include "orchestrator/base/subprocess.h"

namespace testbed::cni {
namespace {

constexpr std::array kChains = {NatChain::Prerouting, NatChain::Output, NatChain::Postrouting};
constexpr std::chrono::seconds kPatience{20};

std::optional<Prefix> prefix_in(const std::string& text, bool v6) {
  if (text.find('/') != std::string::npos) return Prefix::parse(text);
  const auto address = Address::parse(text);
  if (!address || address->v6 != v6) return std::nullopt;
  return Prefix::host(*address);
}

// "10.1.0.2:80" or "[fd00::2]:80" or an address alone.
bool read_to(const std::string& text, NatRule& rule) {
  std::string address = text;
  const auto colon = text.rfind(':');
  if (rule.v6 && text.starts_with("[")) {
    const auto end = text.find(']');
    if (end == std::string::npos) return false;
    address = text.substr(1, end - 1);
    if (end + 1 < text.size())
      rule.to_port = static_cast<unsigned>(std::atoi(text.c_str() + end + 2));
  } else if (!rule.v6 && colon != std::string::npos) {
    address = text.substr(0, colon);
    rule.to_port = static_cast<unsigned>(std::atoi(text.c_str() + colon + 1));
  }
  rule.to = Address::parse(address);
  return rule.to.has_value();
}

bool read_target(const std::string& name, NatRule& rule) {
  if (name == "DNAT") rule.target = NatTarget::Dnat;
  if (name == "SNAT") rule.target = NatTarget::Snat;
  if (name == "MASQUERADE") rule.target = NatTarget::Masquerade;
  return name == "DNAT" || name == "SNAT" || name == "MASQUERADE";
}

bool read_protocol(const std::string& name, NatRule& rule) {
  rule.protocol = name == "udp" ? Protocol::Udp : Protocol::Tcp;
  return name == "tcp" || name == "udp";
}

// One option with its value; false where we would not have written it.
bool read_option(const std::string& option, const std::string& value, NatRule& rule) {
  if (option == "-s") return (rule.source = prefix_in(value, rule.v6)).has_value();
  if (option == "-d") return (rule.destination = prefix_in(value, rule.v6)).has_value();
  if (option == "-o") return rule.out_interface = value, true;
  if (option == "-p") return read_protocol(value, rule);
  if (option == "--dport")
    return (rule.port = static_cast<unsigned>(std::atoi(value.c_str()))) != 0;
  if (option == "--dst-type") return rule.to_local = value == "LOCAL";
  if (option == "--to-destination" || option == "--to-source") return read_to(value, rule);
  if (option == "-j") return read_target(value, rule);
  return option == "-m" && (value == "tcp" || value == "udp" || value == "addrtype");
}

class CommandTable : public NatTable {
 public:
  CommandTable(std::string program, bool v6) : program_(std::move(program)), v6_(v6) {}

  std::string how() const override { return program_ + " (command)"; }
  bool has_masquerade() const override { return true; }
  bool has_addrtype() const override { return true; }

  Answer<> change(const std::vector<NatRule>& wanted,
                  const std::function<bool(const NatRule&)>& unwanted) const override {
    std::vector<NatRule> present;
    for (const NatRule& rule : TRY(rules())) {
      if (unwanted(rule)) {
        TRY(edit("-D", rule));
      } else {
        present.push_back(rule);
      }
    }
    for (const NatRule& rule : wanted) {
      if (std::find(present.begin(), present.end(), rule) == present.end()) TRY(edit("-A", rule));
    }
    return {};
  }

  Answer<std::vector<NatRule>> rules() const override {
    std::vector<NatRule> all;
    for (const NatChain chain : kChains) {
      const std::string text = TRY(run({"-S", std::string(name_of(chain))}));
      std::istringstream lines(text);
      for (std::string line; std::getline(lines, line);) {
        std::istringstream in(line);
        std::vector<std::string> words;
        for (std::string word; in >> word;) words.push_back(word);
        if (words.size() < 2 || words[0] != "-A") continue;
        words.erase(words.begin(), words.begin() + 2);
        if (auto rule = read_iptables_arguments(words, chain, v6_)) all.push_back(*std::move(rule));
      }
    }
    return all;
  }

 private:
  Answer<std::string> run(std::vector<std::string> words) const {
    words.insert(words.begin(), {program_, "-w", "10", "-t", "nat"});
    return or_fail(Code::NetworkFailed,
                   must_succeed({.argv = std::move(words)}, Deadline::after(kPatience)));
  }
  Answer<> edit(const char* action, const NatRule& rule) const {
    std::vector<std::string> words = iptables_arguments(rule);
    words.insert(words.begin(), {action, std::string(name_of(rule.chain))});
    TRY(run(std::move(words)));
    return {};
  }

  std::string program_;
  bool v6_;
};

}  // namespace

std::optional<NatRule> read_iptables_arguments(const std::vector<std::string>& words,
                                               NatChain chain, bool v6) {
  NatRule rule{.chain = chain, .v6 = v6};
  bool targeted = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "!") {
      rule.not_destination = true;
      if (i + 1 == words.size() || words[i + 1] != "-d") return std::nullopt;
      continue;
    }
    if (i + 1 == words.size() || !read_option(words[i], words[i + 1], rule)) return std::nullopt;
    targeted = targeted || words[i] == "-j";
    ++i;
  }
  return targeted ? std::optional(std::move(rule)) : std::nullopt;
}

Answer<std::unique_ptr<NatTable>> open_iptables_command(bool v6) {
  const std::string program = v6 ? "ip6tables-nft" : "iptables-nft";
  if (find_program(program).empty()) {
    return Failure{.code = Code::NetworkFailed, .msg = "no " + program + " in PATH"};
  }
  auto table = std::make_unique<CommandTable>(program, v6);
  TRY(table->rules());
  return std::unique_ptr<NatTable>(std::move(table));
}

}  // namespace testbed::cni

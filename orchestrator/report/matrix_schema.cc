#include "orchestrator/report/matrix_schema.h"

namespace testbed {

// Draft 7, as the schemas of the files that are read. Members may be added to a format: none is
// refused for being unknown.
std::string_view matrix_schema() {
  return R"({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "title": "testbed-matrix-1",
  "description": "A run of a scenario: what `testbed report --format json` prints and matrix.json holds. Grows by addition only.",
  "type": "object",
  "required": ["schema", "run", "scenario", "question", "started", "finished", "complete", "exit_code", "axes", "provenance", "counts", "artifacts", "cells"],
  "properties": {
    "schema": {"const": "testbed-matrix-1"},
    "run": {"type": "string"},
    "scenario": {"type": "string"},
    "question": {"type": "string"},
    "started": {"type": "string", "description": "ISO 8601, UTC"},
    "finished": {"type": "string", "description": "empty: the run has not ended, or was killed"},
    "complete": {"type": "boolean"},
    "exit_code": {"type": "integer", "description": "of the run; -1: it has none"},
    "axes": {"type": "array", "items": {"type": "object", "required": ["name", "values"], "properties": {"name": {"type": "string"}, "values": {"$ref": "#/definitions/texts"}}}},
    "provenance": {"type": "object", "required": ["testbed", "build", "digests", "kernel", "machine"], "properties": {"digests": {"$ref": "#/definitions/named"}, "cpus": {"type": "integer"}, "memory_bytes": {"type": "integer"}}},
    "counts": {"type": "object", "required": ["cells", "observed", "verdict"], "properties": {"cells": {"type": "integer", "minimum": 0}, "observed": {"$ref": "#/definitions/counts"}, "verdict": {"$ref": "#/definitions/counts"}}},
    "second_passes": {"type": "integer", "minimum": 0, "description": "cells that were run once more for evidence; their outcome stays what it was"},
    "artifacts": {"type": "object", "additionalProperties": {"type": "object", "required": ["name", "label", "digest", "source"]}},
    "cells": {"type": "array", "items": {"$ref": "#/definitions/cell"}}
  },
  "definitions": {
    "texts": {"type": "array", "items": {"type": "string"}},
    "named": {"type": "object", "additionalProperties": {"type": "string"}},
    "counts": {"type": "object", "additionalProperties": {"type": "integer", "minimum": 1}},
    "observed": {"enum": ["pass", "fail", "crash", "timeout", "hang", "error", "infra", "skip", "pending"], "description": "what happened"},
    "verdict": {"enum": ["ok", "xfail", "xfail-changed", "xpass", "unexpected", "flaky", "inconclusive", "none"], "description": "what happened, judged against what was expected"},
    "cause": {
      "type": "object",
      "required": ["signature", "layer", "operation", "errno", "object", "summary", "remedy", "evidence"],
      "properties": {
        "signature": {"type": "string", "minLength": 1}, "layer": {"type": "string"}, "operation": {"type": "string"}, "errno": {"type": "string"},
        "object": {"type": "string"}, "summary": {"type": "string"}, "remedy": {"type": "string"}, "evidence": {"$ref": "#/definitions/texts"}
      }
    },
    "check": {
      "type": "object",
      "required": ["name", "rung", "observed", "detail", "command", "us"],
      "properties": {
        "name": {"type": "string"}, "rung": {"type": "boolean", "description": "of the ladder; else a side check, which has a verdict of its own"},
        "observed": {"$ref": "#/definitions/observed"}, "verdict": {"$ref": "#/definitions/verdict"}, "detail": {"type": "string"},
        "command": {"type": "string"}, "us": {"type": "integer", "minimum": 0, "description": "microseconds"}, "cause": {"$ref": "#/definitions/cause"},
        "processor_us": {"type": "integer", "minimum": 0, "description": "processor time of the whole sandbox during it"},
        "memory_bytes": {"type": "integer", "minimum": 0, "description": "of the whole sandbox at its end"},
        "killed": {"type": "integer", "minimum": 1, "description": "processes of the sandbox that the host's kernel killed for want of memory"}
      }
    },
    "attempt": {
      "type": "object",
      "required": ["observed", "rung", "reason", "checks", "leftovers", "start_up_us", "us"],
      "properties": {
        "observed": {"$ref": "#/definitions/observed"}, "rung": {"type": "string"}, "reason": {"type": "string"},
        "checks": {"type": "array", "items": {"$ref": "#/definitions/check"}},
        "leftovers": {"allOf": [{"$ref": "#/definitions/texts"}], "description": "what was still there when the cell was closed"},
        "start_up_us": {"type": "integer", "minimum": 0}, "us": {"type": "integer", "minimum": 0}, "cause": {"$ref": "#/definitions/cause"}
      }
    },
    "second_pass": {
      "type": "object",
      "required": ["check", "holds_now", "attempt", "folder", "calls", "failed", "waits", "notes"],
      "properties": {
        "check": {"type": "string", "description": "the one that was red and is looked at"},
        "holds_now": {"type": "boolean", "description": "it passed this time: evidence that the cell is flaky"},
        "attempt": {"$ref": "#/definitions/attempt"}, "folder": {"type": "string", "description": "evidence, below the run's folder"},
        "calls": {"type": "integer", "minimum": 0, "description": "system calls of the check's processes; 0: not traced"},
        "failed": {"allOf": [{"$ref": "#/definitions/texts"}], "description": "the last system calls that failed"},
        "waits": {"type": "string", "description": "the system call in which it was at the end"},
        "notes": {"allOf": [{"$ref": "#/definitions/texts"}], "description": "evidence that could not be had, and why"},
        "difference": {
          "type": "object",
          "required": ["neighbour", "process", "here", "there", "alike", "without_consequence"],
          "properties": {
            "neighbour": {"type": "string", "description": "a cell that passes the check"}, "process": {"type": "string"},
            "here": {"type": "string"}, "there": {"type": "string"}, "alike": {"type": "integer", "minimum": 0},
            "without_consequence": {"$ref": "#/definitions/texts"}
          }
        }
      }
    },
    "cell": {
      "type": "object",
      "required": ["cell", "coordinates", "rungs", "checks", "observed", "verdict", "rung", "rungs_reached", "rungs_total", "reason", "expected", "attempts"],
      "properties": {
        "cell": {"type": "string", "description": "SCENARIO/COORDINATE+COORDINATE..."}, "coordinates": {"$ref": "#/definitions/named"},
        "rungs": {"$ref": "#/definitions/texts"}, "checks": {"$ref": "#/definitions/texts"}, "excluded_because": {"type": "string"},
        "observed": {"$ref": "#/definitions/observed"}, "verdict": {"$ref": "#/definitions/verdict"},
        "rung": {"type": "string", "description": "the highest that holds"},
        "rungs_reached": {"type": "integer", "minimum": 0}, "rungs_total": {"type": "integer", "minimum": 0},
        "reason": {"type": "string"}, "expected": {"type": "string"}, "cause": {"$ref": "#/definitions/cause"},
        "attempts": {"type": "array", "items": {"$ref": "#/definitions/attempt"}},
        "second_pass": {"$ref": "#/definitions/second_pass"}
      }
    }
  }
}
)";
}

}  // namespace testbed

import * as z from "zod";
import { contentHash } from "../core/canonical-json.ts";
import { INCIDENT_LIMITS } from "./limits.ts";
import { IncidentResponse } from "./response.ts";

/** What kind of trouble it is (spec 000). */
export const IncidentType = z.enum(["performance_degradation", "agent_failure", "sla_violation", "security_breach"]);
export type IncidentType = z.output<typeof IncidentType>;

/** How bad it is, from the least (spec 000). */
export const Severity = z.enum(["low", "medium", "high", "critical"]);
export type Severity = z.output<typeof Severity>;

/** Whether a severity is at least another. */
export const isAtLeast = (severity: Severity, least: Severity): boolean =>
  Severity.options.indexOf(severity) >= Severity.options.indexOf(least);

/** Where an incident stands. */
export const IncidentStatus = z.enum(["open", "acknowledged", "resolved"]);
export type IncidentStatus = z.output<typeof IncidentStatus>;

const Component = z.string().min(1).max(INCIDENT_LIMITS.componentCharacters);

const Context = z
  .record(z.string().min(1).max(INCIDENT_LIMITS.componentCharacters), z.unknown())
  .refine((context) => Buffer.byteLength(JSON.stringify(context)) <= INCIDENT_LIMITS.contextBytes, {
    error: `is larger than ${INCIDENT_LIMITS.contextBytes} bytes; say less, or where it lies`,
  });

/** What people, and monitors of theirs, say of an incident (spec 000). */
export const IncidentBody = z.strictObject({
  incident_type: IncidentType,
  severity: Severity,
  affected_components: z.array(Component).max(INCIDENT_LIMITS.components).default([]),
  description: z.string().min(1).max(INCIDENT_LIMITS.descriptionCharacters),
  auto_detected: z.boolean().default(false),
  detection_source: z.string().min(1).max(INCIDENT_LIMITS.componentCharacters).optional(),
  context: Context.optional(),
  /** What repeats of the same trouble have in common: while such an incident is open, or ended just now, it is seen again. */
  fingerprint: z.string().min(1).max(256).optional(),
});
export type IncidentBody = z.output<typeof IncidentBody>;

/** An incident as it is stored and shown. */
export const Incident = z.object({
  incident_id: z.string(),
  incident_type: IncidentType,
  severity: Severity,
  status: IncidentStatus,
  affected_components: z.array(z.string()),
  description: z.string(),
  auto_detected: z.boolean(),
  detection_source: z.string().optional(),
  context: z.record(z.string(), z.unknown()).optional(),
  /** The alert rule that found it, and what it was found at; empty: the tenant as a whole. */
  rule: z.string().optional(),
  subject: z.string().optional(),
  fingerprint: z.string().optional(),
  /** What to do about it, as the rule said when it found it. */
  runbook: z.object({ meaning: z.string(), first_look: z.string(), fix: z.string() }).optional(),
  /** How often it began, or was reported, with the same fingerprint. */
  occurrences: z.int().positive(),
  created_at: z.iso.datetime(),
  created_by: z.string(),
  /** When it last began, or was reported. */
  last_seen_at: z.iso.datetime(),
  acknowledged_at: z.iso.datetime().optional(),
  acknowledged_by: z.string().optional(),
  resolved_at: z.iso.datetime().optional(),
  resolved_by: z.string().optional(),
  resolution: z.string().optional(),
  /** When it began again; the latest. */
  reopened_at: z.array(z.iso.datetime()),
  /** It comes and goes: channels hear no more of that until it stays away. */
  flapping: z.boolean(),
  /** How often it was escalated, when last, and to whom. */
  escalation: z.object({ level: z.int().nonnegative(), at: z.iso.datetime().optional(), notify: z.array(z.string()).optional() }),
  response_actions: z.array(IncidentResponse),
  /** Number of its last move. */
  revision: z.int().positive(),
});
export type Incident = z.output<typeof Incident>;

/** Who finds incidents by the rules. */
export const DETECTOR = "detector";

/** What names the same trouble of a tenant. Those that callers choose never meet those of rules. */
export const fingerprintOf = (source: { readonly rule: string; readonly subject: string } | { readonly chosen: string }): string =>
  contentHash(JSON.stringify("rule" in source ? ["rule", source.rule, source.subject] : ["chosen", source.chosen])).slice(0, 32);

/** An id made of what makes the incident one: whoever creates it twice gets the same. */
export const incidentIdOf = (...parts: readonly string[]): string => `inc_${contentHash(JSON.stringify(parts)).slice(0, 24)}`;

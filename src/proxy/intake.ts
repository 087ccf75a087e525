import { type IntakeResult, refused } from './answer.ts';
import { createGate } from './gate.ts';
import type { IntakeParts, Sender } from './intake-parts.ts';
import { logInternalError } from './log.ts';
import { createSendParts } from './upstream/send-parts.ts';
import type { Way } from './way.ts';

/** The one entrance for whatever brings something. */
export interface Intake {
  /** Takes one request; whatever its way, the outcome is counted and said. Never rejects. */
  take(request: Request, sender: Sender, way: Way): Promise<IntakeResult>;
}

export function createIntake(parts: IntakeParts): Intake {
  const { config, metrics } = parts;
  const { log } = config;
  const gate = createGate(config);
  const sendParts = createSendParts(true);

  async function outcomeOf(request: Request, sender: Sender, way: Way): Promise<IntakeResult> {
    try {
      const outcome = await way(request, sender, { ...parts, gate, sendParts });
      return outcome.status === 'rejected' ? refused(outcome.code) : outcome;
    } catch (error) {
      logInternalError(log, error);
      return refused('internal_error');
    }
  }

  return {
    async take(request, sender, way) {
      const result = await outcomeOf(request, sender, way);
      if (result.status === 'forwarded') metrics.add('requests_forwarded', 1, `${result.httpStatus}`);
      if (result.status === 'forwarded' || result.status === 'ok') return result;
      const code = result.status === 'refused' ? result.refusal.code : result.code;
      const limit = result.status === 'refused' ? result.limit : undefined;
      metrics.add('requests_refused', 1, code);
      log({ level: 'warn', event: 'refused', code, limit, origin: request.headers.get('origin') ?? undefined });
      return result;
    },
  };
}

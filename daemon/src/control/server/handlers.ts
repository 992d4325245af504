/** What main.ts supplies: one function per method, typed by the table of methods. */

import type {
  CallName,
  CallParams,
  CallResult,
  StreamEvent,
  StreamName,
  StreamParams,
} from '../contract/methods.ts';
import type { CallContext } from './actor.ts';

/** What the server answers itself: only it knows who is calling, and where the operator key is. */
export type OwnCall = 'whoami' | 'operator-key.create';
export type HandledCall = Exclude<CallName, OwnCall>;

export type CallHandlers = {
  readonly [Name in HandledCall]: (
    params: CallParams<Name>,
    context: CallContext,
  ) => CallResult<Name> | Promise<CallResult<Name>>;
};

/** A stream ends when its iterable does; its context's signal is aborted when the caller is gone. */
export type StreamHandlers = {
  readonly [Name in StreamName]: (
    params: StreamParams<Name>,
    context: CallContext,
  ) => AsyncIterable<StreamEvent<Name>>;
};

export interface ControlHandlers {
  readonly calls: CallHandlers;
  readonly streams: StreamHandlers;
}

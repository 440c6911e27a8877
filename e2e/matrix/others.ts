/** What both browsers have in common as subjects of the capture matrix. */
import type { Tab } from './run'

/** A page, as either driver has it. */
interface Driven {
  goto(url: string): Promise<unknown>
  evaluate(expression: string): Promise<unknown>
  close(): Promise<void>
}

/** A tab as its driver has it. */
export class WatchedTab<P extends Driven> implements Tab {
  /** @param said what the page wrote into its console so far; the one who opens it listens */
  constructor(
    readonly page: P,
    private readonly said: readonly string[],
  ) {}

  goto(url: string): Promise<unknown> {
    return this.page.goto(url)
  }

  evaluate<T>(expression: string): Promise<T> {
    return this.page.evaluate(expression) as Promise<T>
  }

  close(): Promise<void> {
    return this.page.close()
  }

  noise(): readonly string[] {
    return this.said
  }
}

interface Closable {
  close(): Promise<void>
}

/** Further browsers, begun when they are asked for. */
export class Others {
  readonly #made: Promise<Closable>[] = []

  keep<T extends Closable>(made: Promise<T>): Promise<T> {
    this.#made.push(made)
    return made
  }

  /** Ends all of them, also when one did not begin. */
  async close(): Promise<void> {
    for (const made of await Promise.allSettled(this.#made)) if (made.status === 'fulfilled') await made.value.close()
  }
}

import type { EventFacts } from './event'

/** The groups in which a tester looks for events. */
export type EventCategory = 'identity' | 'page' | 'product' | 'ads' | 'custom'

const PRODUCT: readonly string[] = ['product', 'browsing', 'promotion_code']
const OF_KIND: Partial<Record<EventFacts['kind'], EventCategory>> = {
  login: 'identity',
  'sign-up': 'identity',
  identify: 'identity',
  logout: 'identity',
  remove: 'identity',
  reset: 'identity',
  purchase: 'product',
  'page-view': 'page',
}

export const categoryOf = ({ kind, ec, wire, whyNot }: EventFacts): EventCategory =>
  OF_KIND[kind] ??
  (wire === 'stream_event' || whyNot === 'stream_event' || ec === 'advertising'
    ? 'ads'
    : PRODUCT.includes(ec)
      ? 'product'
      : 'custom')

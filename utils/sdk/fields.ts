import type { DecodedEvent, Json } from './event'

/** Who, then what; all else follows in the order of the wire. */
const FIRST = ['uid', 'aid', 'portal_id', 'prop_id']

/** Everything that an event holds, by the names of the wire: for a view that shows it as one tree. */
export const fieldsOf = ({
  rest,
  dims,
  extra,
  extraName,
  items,
  context,
}: DecodedEvent): [name: string, value: Json][] => {
  const parts: [name: string, value: Json | undefined][] = [
    ...FIRST.flatMap(name => rest.filter(([key]) => key === name)),
    ['dims', dims],
    [extraName, extra],
    ['items', items],
    ['context', context],
    ...rest.filter(([key]) => !FIRST.includes(key)),
  ]
  return parts.filter((part): part is [string, Json] => part[1] !== undefined)
}

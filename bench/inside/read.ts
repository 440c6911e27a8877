/** Runs in a Node of its own, bundled: reads the HAR that it is given and parses each of its entries, which no audit can do without. */
import { createReadStream } from 'node:fs'
import { JsonSplitter } from '../../utils/log/split'

const [path = ''] = process.argv.slice(2)
const splitter = new JsonSplitter(['log.entries'], (_, text) => JSON.parse(text))
for await (const piece of createReadStream(path, 'utf8')) splitter.write(piece as string)

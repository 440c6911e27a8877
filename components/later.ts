/** What the first view doesn't need, as one chunk: it packs better than several, and comes before anybody asks for it. */

import './later.css'

export { expectedOf } from '../utils/identity/check-file'
export { ActionsView } from './actions/view'
export { CheckView } from './check/view'
export { watchRun } from './check/watch'
export { WhyNothing } from './diagnostics/nothing'
export { DiagnosticsView } from './diagnostics/view'
export { Detail } from './events/detail'
export { ExchangeBar } from './exchange/bar'
export { FileBanner, NoPage, showFiles } from './exchange/colleague'
export { MergeView } from './merge/view'
export { SettingsView } from './settings/view'
export { Shortcuts } from './shortcuts'

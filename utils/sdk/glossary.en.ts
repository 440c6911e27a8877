/** The glossary's words, English. The build makes them a file that the panel reads (components/words.ts). */
import type { Known } from './glossary'
import { AID_COOKIE, type CONTEXT_KEYS, type COOKIES, type PARAMETERS } from './names'

type Name =
  | (typeof PARAMETERS)[number]
  | (typeof CONTEXT_KEYS)[number]
  | (typeof COOKIES)[number]
  | 'customers'
  | 'users'
  | 'purchase'
  | 'customer_id'
  | 'identify_id'
  | 'identify_event'
  | 'identify_time'
  | 'src_search_term'
  | '_pk_*'
  | 'utm_*'

const AID = 'Id of the browser. Equal to the UID on some sites, different on others.'
const UID = 'Visitor id (UID). Names the anonymous profile. A string: it may have more digits than a number can hold.'

export const GLOSSARY: Record<Name, readonly [known: Known, text: string]> = {
  // The event
  ec: ['D', 'Category of the event. With the action it names the event.'],
  ea: ['D', 'Action of the event. The platform writes the name as action_category.'],
  en: ['C', 'Name of the event. On the web mostly empty; the automatic page view sends “View Page”.'],
  ev: ['C', '1 on the automatic page view, else 0. What else it may be is not known.'],
  items: [
    'D',
    'The products or other things that the event is about. Each has type, id and name; all are of one kind.',
  ],
  dims: ['D', 'Business objects that the event belongs to: customers, users, purchase, store, campaign and others.'],
  cvar: ['C', 'What the page passed as extra, and the context that the SDK adds.'],
  extra: ['D', 'Attributes of the event, as the site sends them.'],
  context: ['S', 'What an app’s SDK tells of app, device and screen; on delivered links, the campaign.'],
  portal_id: ['D', 'The portal: the company’s account on the platform.'],
  prop_id: ['D', 'The source: the website or app that the event comes from.'],
  uid: ['D', UID],
  aid: ['C', AID],
  client_id: ['C', 'Browser id and the second of its first visit; 0 in front while the id is not known.'],
  sid: ['S', 'Session of an app’s SDK.'],
  rec: ['?', 'In older requests, absent in newer ones. Its meaning is not known.'],
  log_type: ['C', '“event” in older requests; absent in newer ones.'],
  gt_ms: ['I', 'A duration in milliseconds.'],
  resp_type: ['C', 'What the server is to answer with: redirect for delivered links, json for servers and apps.'],
  redirect_url: ['C', 'Where a delivered link leads.'],
  cid: ['C', 'On campaign events; empty in what browsers send.'],
  is_debug: ['C', 'On campaign events. Its effect is not known.'],
  delivery_src: ['C', 'What delivered the content that this event is about.'],
  is_server: ['C', 'true: a server sent the event, so it says nothing of who is in this browser.'],
  request_id: ['C', 'Id of a request, on campaign events.'],
  format: ['S', 'Format of the answer that a server or an app asks for.'],
  reset_uid: ['D', 'The UID that a reset ends.'],
  generate_uid: ['D', 'The UID that a reset begins.'],

  // Who
  customers: ['D', 'The customer: customer_id is the CID, the rest are attributes of the customer profile.'],
  users: ['D', 'Attributes of the visitor: of the anonymous profile, also after identification.'],
  purchase: ['D', 'The order. Its customer_id is the buyer and may be another person than the visitor.'],
  customer_id: [
    'D',
    'Customer id (CID). Any string may be one; a hash of e-mail or phone is advised. It cannot be changed.',
  ],
  identify_id: ['S', 'The CID, as a tag-manager template sends it.'],
  identify_event: ['S', 'Name of the event that identified the visitor.'],
  identify_time: ['C', 'When the visitor was identified, in local time.'],
  identify_type: ['C', '“exact” on identity events and mostly “predict” on later browsing.'],
  visitor_type: ['C', 'new or returning.'],
  [AID_COOKIE]: ['C', AID],

  // Where and when
  page_type: ['D', 'Type of the page, as the site names it.'],
  page_category: ['D', 'Category of the page, as the site names it.'],
  page_cate: ['C', 'Category of the page.'],
  page_path: ['C', 'Path of the page.'],
  page_title: ['C', 'Title of the page.'],
  page_view_order: ['I', 'Number of this page view in the session.'],
  pv_id: ['C', 'Id of the page view: milliseconds and a counter.'],
  session_id: ['C', 'Session, as the SDK counts it; 0 while there is none.'],
  is_webview: ['C', 'true when the page is shown inside an app.'],
  location_url: ['C', 'Address of the page.'],
  referrer_url: ['C', 'Address of the page before.'],
  click_bc: ['I', 'UID and second of the campaign click that led here.'],
  utm_source: ['C', 'Where the visit came from.'],
  utm_medium: ['C', 'By what kind of link the visit came.'],
  utm_type: ['C', 'Kind of origin: direct, referrer and others.'],
  atm_source: ['C', 'Origin of the visit, in the platform’s own terms.'],
  atm_type: ['C', 'on_session and others. Its values are not documented.'],
  time_diff: ['I', 'A difference in time that the SDK measures. Of what is not known.'],
  ss_time: ['I', 'Time since the session began, in milliseconds.'],
  item_view_order: ['I', 'Number of this item view in the session.'],

  // What
  revenue: ['C', 'Amount of the event. Comes as a number or as a string.'],
  currency: ['C', 'Currency of the amounts.'],
  order_id: ['C', 'Number of the order.'],
  transaction_id: ['C', 'Number of the transaction.'],
  src_search_term: ['D', 'What was searched for.'],

  // Cookies
  _asm_uid: ['C', `${UID} Kept for 360 days, in localStorage too.`],
  _ac_client_id: ['C', 'Browser id and the second of its first visit.'],
  _asm_visitor_type: ['C', 'n: new visitor; r: returning.'],
  _asm_ss_view: ['C', 'The session, as URL-encoded JSON; sid is its id.'],
  _cdp_cfg: ['C', 'Configuration that the SDK keeps.'],
  _utm_objs: ['C', 'Origins of visits, as base64 of JSON.'],
  _atm_objs: ['C', 'Origins of visits in the platform’s terms, as base64 of JSON.'],

  // Names that only begin alike
  '_pk_*': ['C', 'A cookie of source {source}; its name tells the source without a look into the page.'],
  'utm_*': ['C', 'Part of where the visit came from, as the link says.'],
}

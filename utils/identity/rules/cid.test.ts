import { suite } from './suite'

/** MD5 of 0900000000, printed with and without the zeros of its bytes. */
const PADDED = '8e30bbc8961e056622c6231742c03ae9'
const SHORT = '8e30bbc8961e56622c6231742c03ae9'
/** 31 digits that no value explains. */
const UNKNOWN = '7c4a8d09ca3762af61e59520943dc26'

suite(
  'cid-unpadded',
  [
    [
      'its padded twin was there before',
      `uid A: login cid ${PADDED}\nuid B: login cid ${SHORT}`,
      ['cid-unpadded error'],
    ],
    ['its padded twin comes later', `uid A: login cid ${SHORT}\nuid B: login cid ${PADDED}`, ['cid-unpadded error']],
    ['the phone explains it', `uid A: login cid ${SHORT} customers {phone: "0900000000"}`, ['cid-unpadded error']],
    [
      'in an app, by its look',
      `app\nuid A: call setCustomerProps {customer_id: "${UNKNOWN}"}`,
      ['cid-unpadded warning'],
    ],
  ],
  [
    ['on the web, by its look alone', `uid A: login cid ${UNKNOWN}`],
    ['no letters', 'app\nuid A: call setCustomerProps {customer_id: "1234567890123456789012345678901"}'],
    ['a whole hash', `app\nuid A: call setCustomerProps {customer_id: "${PADDED}", phone: "0900000000"}`],
    [
      'the hash of nothing is told by its own rule',
      'uid A: login cid d41d8cd98f0b24e980998ecf8427e',
      ['cid-shared error'],
    ],
  ],
)

const MAIL = 'an@example.com'
suite(
  'cid-recipe-mixed',
  [
    [
      'one person, by phone and by e-mail',
      `uid A: login cid md5:0912345678 customers {phone: "0912345678", email: "${MAIL}"}\nuid B: login cid md5:${MAIL} customers {phone: "0912345678", email: "${MAIL}"}`,
      ['cid-recipe-mixed error'],
    ],
    [
      'the country code once replaced and once not',
      'uid A: login cid md5:0912345678 customers {phone: "+84912345678"}\nuid B: login cid md5:+84987654321 customers {phone: "+84987654321"}',
      ['cid-recipe-mixed error'],
    ],
    [
      'two hashes',
      'uid A: login cid md5:0912345678 customers {phone: "0912345678"}\nuid B: login cid sha256:0987654321 customers {phone: "0987654321"}',
      ['cid-recipe-mixed error'],
    ],
    [
      'one who has no phone: perhaps the design of the site',
      `uid A: login cid md5:0912345678 customers {phone: "0912345678"}\nuid B: login cid md5:${MAIL} customers {email: "${MAIL}"}`,
      ['cid-recipe-mixed info'],
    ],
    [
      'added to cid-changed, never instead',
      `uid A: login cid md5:0912345678 customers {phone: "0912345678", email: "${MAIL}"}\nidentify cid md5:${MAIL} customers {phone: "0912345678", email: "${MAIL}"}`,
      ['cid-changed error', 'cid-recipe-mixed error'],
    ],
  ],
  [
    ['one CID', 'uid A: login cid md5:0912345678 customers {phone: "0912345678"}'],
    [
      'one recipe, whatever way the numbers are written',
      'uid A: login cid md5:0912345678 customers {phone: "+84912345678"}\nuid B: login cid md5:0987654321 customers {phone: "0987654321"}',
    ],
    [
      'what nothing explains',
      'uid A: login cid X customers {phone: "0912345678"}\nuid B: login cid Y customers {phone: "0987654321"}',
    ],
    [
      'unpadded, and one that has no zeros to lose',
      `uid A: login cid ${SHORT} customers {phone: "0900000000"}\nuid B: login cid md5:0912345600 customers {phone: "0912345600"}`,
      ['cid-unpadded error'],
    ],
  ],
)

suite(
  'cid-disagrees',
  [
    ['dims and cvar', 'uid A: login cid X extra {customer_id: "Y"}', ['cid-disagrees error']],
    ['by the name of the tag manager', 'uid A: pageview cid X extra {identify_id: "Y"}', ['cid-disagrees error']],
    [
      'only the buyer is another',
      'uid A: login cid X\npurchase order 1 cid X dims {customers: {customer_id: "X"}, purchase: {id: "1", customer_id: "Y"}}',
      ['cid-disagrees warning'],
    ],
    [
      'each page view is one fault',
      'uid A: pageview cid X extra {customer_id: "Y"}\n+5s pageview cid X extra {customer_id: "Y"}',
      ['cid-disagrees error 2×'],
    ],
  ],
  [
    ['equal', 'uid A: login cid X extra {customer_id: "X", identify_id: "X"}'],
    ['equal but for spaces', 'uid A: login cid X extra {customer_id: " X "}'],
    ['a number and its text', 'uid A: login cid 10023 extra {customer_id: 10023}'],
    ['one is empty', 'uid A: login cid X extra {customer_id: ""}'],
    ['a server', 'uid A: server user/identify cid X extra {customer_id: "Y"}'],
  ],
)

suite(
  'cid-is-uid',
  [
    ['the UID', 'uid A: login cid A', ['cid-is-uid error']],
    ['the aid', 'uid A: pageview cid Z9 aid Z9', ['cid-is-uid error']],
    ['in an app', 'app, uid A: product/view cid A', ['cid-is-uid error']],
    ['a server: worth seeing', 'uid A: server user/identify cid A', ['cid-is-uid info']],
  ],
  [
    ['nobody', 'uid A: pageview'],
    ['somebody', 'uid A: login cid X'],
  ],
)

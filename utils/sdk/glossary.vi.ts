/** The glossary's words, Vietnamese. How well each is known stands in glossary.en.ts. */
import type { GLOSSARY } from './glossary.en'
import { AID_COOKIE } from './names'

const AID = 'Id của trình duyệt. Ở một số trang web bằng UID, ở trang khác thì không.'
const UID = 'Id khách truy cập (UID). Đặt tên cho hồ sơ ẩn danh. Là chuỗi: có thể nhiều chữ số hơn một số chứa được.'

export const GLOSSARY_VI: Record<keyof typeof GLOSSARY, string> = {
  // The event
  ec: 'Nhóm của sự kiện. Cùng với hành động, nó đặt tên cho sự kiện.',
  ea: 'Hành động của sự kiện. Nền tảng viết tên là action_category.',
  en: 'Tên của sự kiện. Trên web thường để trống; lượt xem trang tự động gửi “View Page”.',
  ev: '1 ở lượt xem trang tự động, còn lại là 0. Chưa biết còn có thể là gì khác.',
  items: 'Sản phẩm hoặc những thứ khác mà sự kiện nói đến. Mỗi thứ có type, id và name; tất cả cùng một loại.',
  dims: 'Đối tượng nghiệp vụ mà sự kiện thuộc về: customers, users, purchase, store, campaign và các đối tượng khác.',
  cvar: 'Những gì trang truyền trong extra, và ngữ cảnh mà SDK thêm vào.',
  extra: 'Thuộc tính của sự kiện, như trang web gửi.',
  context: 'Những gì SDK của app nói về app, thiết bị và màn hình; trên liên kết được phân phối là chiến dịch.',
  portal_id: 'Portal: tài khoản của công ty trên nền tảng.',
  prop_id: 'Nguồn: trang web hoặc app mà sự kiện đến từ đó.',
  uid: UID,
  aid: AID,
  client_id: 'Id trình duyệt và giây của lần ghé đầu tiên; khi chưa biết id thì có 0 ở trước.',
  sid: 'Phiên của SDK trong app.',
  rec: 'Có trong các yêu cầu cũ, không có trong các yêu cầu mới. Chưa biết ý nghĩa.',
  log_type: '“event” trong các yêu cầu cũ; không có trong các yêu cầu mới.',
  gt_ms: 'Một khoảng thời gian, tính bằng mili giây.',
  resp_type: 'Máy chủ cần trả lời bằng gì: redirect cho liên kết được phân phối, json cho máy chủ và app.',
  redirect_url: 'Liên kết được phân phối dẫn đến đâu.',
  cid: 'Có trên sự kiện chiến dịch; trình duyệt gửi thì để trống.',
  is_debug: 'Có trên sự kiện chiến dịch. Chưa biết tác dụng.',
  delivery_src: 'Thứ đã phân phối nội dung mà sự kiện này nói đến.',
  is_server: 'true: máy chủ gửi sự kiện, nên nó không nói gì về người đang ở trong trình duyệt này.',
  request_id: 'Id của một yêu cầu, trên sự kiện chiến dịch.',
  format: 'Định dạng câu trả lời mà máy chủ hoặc app yêu cầu.',
  reset_uid: 'UID mà lệnh reset kết thúc.',
  generate_uid: 'UID mà lệnh reset bắt đầu.',

  // Who
  customers: 'Khách hàng: customer_id là CID, phần còn lại là thuộc tính của hồ sơ khách hàng.',
  users: 'Thuộc tính của khách truy cập: của hồ sơ ẩn danh, cả sau khi nhận diện.',
  purchase: 'Đơn hàng. customer_id của nó là người mua, có thể khác với khách truy cập.',
  customer_id: 'Id khách hàng (CID). Chuỗi nào cũng được; nên dùng hash của e-mail hoặc số điện thoại. Không thể đổi.',
  identify_id: 'CID, như mẫu của trình quản lý thẻ gửi.',
  identify_event: 'Tên của sự kiện đã nhận diện khách truy cập.',
  identify_time: 'Khách truy cập được nhận diện lúc nào, theo giờ địa phương.',
  identify_type: '“exact” trên sự kiện nhận diện, và thường là “predict” khi xem trang sau đó.',
  visitor_type: 'new (mới) hoặc returning (quay lại).',
  [AID_COOKIE]: AID,

  // Where and when
  page_type: 'Loại trang, do trang web đặt tên.',
  page_category: 'Nhóm trang, do trang web đặt tên.',
  page_cate: 'Nhóm trang.',
  page_path: 'Đường dẫn của trang.',
  page_title: 'Tiêu đề của trang.',
  page_view_order: 'Số thứ tự của lượt xem trang trong phiên.',
  pv_id: 'Id của lượt xem trang: mili giây và một bộ đếm.',
  session_id: 'Phiên, theo cách SDK đếm; 0 khi chưa có phiên.',
  is_webview: 'true khi trang hiển thị trong app.',
  location_url: 'Địa chỉ của trang.',
  referrer_url: 'Địa chỉ của trang trước.',
  click_bc: 'UID và giây của lần nhấp vào chiến dịch đã dẫn đến đây.',
  utm_source: 'Lượt ghé đến từ đâu.',
  utm_medium: 'Lượt ghé đến qua loại liên kết nào.',
  utm_type: 'Loại nguồn gốc: direct, referrer và các loại khác.',
  atm_source: 'Nguồn gốc của lượt ghé, theo cách gọi của nền tảng.',
  atm_type: 'on_session và các giá trị khác. Các giá trị không có trong tài liệu.',
  time_diff: 'Một chênh lệch thời gian mà SDK đo. Chưa biết của cái gì.',
  ss_time: 'Thời gian từ khi phiên bắt đầu, tính bằng mili giây.',
  item_view_order: 'Số thứ tự của lượt xem sản phẩm trong phiên.',

  // What
  revenue: 'Số tiền của sự kiện. Đến dưới dạng số hoặc chuỗi.',
  currency: 'Đơn vị tiền tệ của các số tiền.',
  order_id: 'Số đơn hàng.',
  transaction_id: 'Số giao dịch.',
  src_search_term: 'Từ khóa đã tìm.',

  // Cookies
  _asm_uid: `${UID} Được giữ 360 ngày, cả trong localStorage.`,
  _ac_client_id: 'Id trình duyệt và giây của lần ghé đầu tiên.',
  _asm_visitor_type: 'n: khách mới; r: khách quay lại.',
  _asm_ss_view: 'Phiên, là JSON mã hóa URL; sid là id của nó.',
  _cdp_cfg: 'Cấu hình mà SDK lưu.',
  _utm_objs: 'Nguồn gốc của các lượt ghé, là JSON mã hóa base64.',
  _atm_objs: 'Nguồn gốc của các lượt ghé theo cách gọi của nền tảng, là JSON mã hóa base64.',

  // Names that only begin alike
  '_pk_*': 'Cookie của nguồn {source}; tên của nó cho biết nguồn mà không cần nhìn vào trang.',
  'utm_*': 'Một phần thông tin lượt ghé đến từ đâu, theo liên kết.',
}

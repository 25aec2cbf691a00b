"""What the "?" of each field says: what it means, who fills it, what becomes of it, and where that is laid down."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

# By the name of the field where it means the same in every form, else by the name of the form's class and the field's;
# a class stands for those that inherit from it.
Texts = dict[str | tuple[str, str], Any]


def explain(form: forms.BaseForm, texts: Texts) -> None:
    """Give each field its help. Where there is none, a test fails."""
    classes = [each.__name__ for each in type(form).__mro__]
    for name, field in form.fields.items():
        keys = [*((each, name) for each in classes), name]
        field.help_note = next((texts[key] for key in keys if key in texts), "")


HELP: Texts = {
    # accounts
    ("AccountDetails", "name"): _(
        "账号持有人的姓名，写进操作记录，也显示在催报、签收等处。由系统管理员填写和修改。例如：王芳。"
    ),
    "email": _(
        "本站配置发信以后，通知邮件和重设密码的链接发到这里。不填也能用：通知仍在站内收到。例如 wangfang@example.cn。"
    ),
    "phone": _("供系统管理员与本人联系、核实身份；系统不发短信。例如 13800000000。"),
    "username": _("登录时输入的名字，也写进操作记录。不能与已有的重复，大小写不同也算重复。例如 wangfang。"),
    ("NewAccount", "duty"): _(
        "办理质控业务的选“业务用户”，再由安全管理员授权。系统、安全、审计三种管理员互相分开，都看不到业务数据。"
        "开好以后不能改。"
    ),
    "reason": _("为什么这样办，写到别人日后能看懂。随操作一起记入操作记录，不能再改。"),
    ("AccountFilter", "q"): _("用户名或姓名里的几个字。"),
    ("AccountFilter", "duty"): _("只看业务用户，或只看某一种管理员。"),
    ("AccountFilter", "state"): _("启用、停用，或因连续登录失败而暂时锁定。"),
    ("LedgerFilter", "who"): _("办理人的用户名或全名，要写完整。"),
    ("LedgerFilter", "verb"): _("做了什么，例如开设账号、备案质控中心变更。"),
    ("LedgerFilter", "table"): _("动的是哪一类内容，例如质控中心、机构、授权。"),
    ("LedgerFilter", "pk"): _("这一类里某一条的内部编号，就是它的页面地址里的数字。先选“记录”再填。"),
    ("LedgerFilter", "begin"): _("从这一天零点起的操作。"),
    ("LedgerFilter", "end"): _("到这一天结束为止的操作。"),
    ("SignInFilter", "who"): _("登录时输入的用户名，要写完整，不分大小写。"),
    ("SignInFilter", "kind"): _("成功的登录，或没有成功的尝试；不选时列成功的。"),
    # imports
    ("NewImport", "kind"): _("这张表里是什么。只列您有权导入的；每一种的列名和认行的办法见旁边的模板。"),
    ("NewImport", "file"): _(
        "第一行是列名，与模板相同，下面每行一条；不认识的列、缺少的必填列都算错。先检查，不写入。"
    ),
    # notifications
    "by_mail": _("勾上后，每条站内通知另发一封到账号的邮箱。已经在站内看过的不再发。"),
    "daily_digest": _("勾上后，一天的通知合成一封，不逐条发。只在“同时发邮件”勾上时起作用。"),
    "quiet_from": _("从几点起不发邮件。与“免打扰结束”要么都填，要么都不填。例如 22:00。"),
    "quiet_until": _("到几点恢复发邮件，其间攒下的这时发出。比开始早就是第二天，例如 22:00 到 07:00。"),
    ("Webhook", "name"): _("给这个接收地址起的名字，只在这里分辨用，不能重名。例如：单位消息平台。"),
    ("Webhook", "url"): _(
        "对方系统接收通知的网址，以 https:// 或 http:// 开头，里面不带用户名和密码。内网地址要由部署人员放行。"
    ),
    ("WebhookChange", "is_active"): _("勾上才往这里发。去掉以后，还在等候的那些记为发送失败。"),
    # signing in
    ("SignIn", "login"): _(
        "开设账号时给您的用户名，不是姓名、邮箱或手机号。连续几次不对，这个用户名会暂停登录一会儿。"
    ),
    ("SignIn", "password"): _("首次登录填系统管理员给的一次性密码，登录后换成自己的。大小写不同就是不同的密码。"),
    ("ConfirmPassword", "password"): _("您登录本站的密码。办理要紧的事之前再问一次，以防别人用了您没有退出的电脑。"),
    "oldpassword": _("现在登录用的密码；首次登录就是系统管理员给的一次性密码。"),
    "password1": _("以后登录用的密码。保存后马上生效，别处的登录都会退出。"),
    "password2": _("与上一格完全相同，防止输错。"),
    ("AskForReset", "email"): _("只认账号上登记的邮箱。没有登记邮箱的，请系统管理员重置密码。"),
    "code": _(
        "验证应用此刻显示的 6 位数，约 30 秒换一个，每个只能用一次。手机不在身边时填一个恢复码。"
        "错的次数太多会暂停一会儿。"
    ),
    ("ActivateCodes", "code"): _(
        "扫码以后，验证应用会为本站显示一个 6 位数，约 30 秒换一个。总是不对时，请校准手机的时间。"
    ),
    ("AddPasskey", "name"): _("给它起个认得出的名字，以后查看和去掉时用。例如：办公室电脑。"),
    ("AddPasskey", "passwordless"): _(
        "勾上后，登录时用指纹、面容或 PIN 确认就行，不输用户名和密码。不勾，它只作密码之后的第二步。"
    ),
    # the page of components
    ("ComponentsForm", "code"): _("机构在全省唯一的编码，登记后用来查找和导入。例如 41030012。"),
    ("ComponentsForm", "reason"): _("为什么这样办理，别人日后能看懂。例如：原登记漏填，按批复补录。"),
}

from django.urls import path

from huying.people.views import account, accounts, door, drafts, sessions

app_name = "people"

urlpatterns = [
    path("account/sign-in/", door.sign_in_page, name="sign-in"),
    path("account/code/", door.second_factor_page, name="second-factor"),
    path("account/sign-out/", door.sign_out_page, name="sign-out"),
    path("account/", account.own_account, name="account"),
    path("account/password/", account.change_password, name="change-password"),
    path("account/drafts/<slug:key>/", drafts.save_draft, name="draft"),
    path("account/drafts/<slug:key>/discard/", drafts.discard_draft, name="discard-draft"),
    path("account/post/", account.switch_post, name="switch-post"),
    path("account/second-factor/", account.enrol, name="enrol"),
    path("account/second-factor/off/", account.switch_off, name="second-factor-off"),
    path("account/second-factor/recovery-codes/", account.renew_codes, name="recovery-codes"),
    path("account/sessions/end-others/", account.end_other_sessions, name="end-other-sessions"),
    path("account/sessions/<str:key>/end/", account.end_own_session, name="end-own-session"),
    path("desk/accounts/", accounts.accounts_page, name="accounts"),
    path("desk/accounts/<int:pk>/", accounts.account_page, name="account-detail"),
    path("desk/accounts/<int:pk>/reset-password/", accounts.reset_password, name="reset-password"),
    path("desk/accounts/<int:pk>/unlock/", accounts.unlock, name="unlock"),
    path("desk/accounts/<int:pk>/reset-second-factor/", accounts.reset_second_factor, name="reset-second-factor"),
    path("desk/accounts/<int:pk>/deactivate/", accounts.deactivate, name="deactivate"),
    path("desk/accounts/<int:pk>/reactivate/", accounts.reactivate, name="reactivate"),
    path("desk/sessions/", sessions.sessions_page, name="sessions"),
    path("desk/sessions/<str:key>/end/", sessions.end_session, name="end-session"),
]

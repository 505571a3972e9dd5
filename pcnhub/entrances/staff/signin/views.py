"""Password, code, position. Nothing here says whether an account exists."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import urlencode

import segno
from django.conf import settings
from django.contrib.auth import authenticate, logout, update_session_auth_hash
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from django_otp.plugins.otp_totp.models import TOTPDevice

from pcnhub.care.organisations.operations import SignInEvent, accept_position, arriving, note_sign_in
from pcnhub.care.organisations.queries import find_account, positions_of, sign_in_resets
from pcnhub.entrances.staff import session
from pcnhub.entrances.staff.door import StaffRequest, flash, render, signed_in
from pcnhub.entrances.staff.forms import Errors, FieldError
from pcnhub.entrances.staff.session import Why
from pcnhub.entrances.staff.signin import passwords, steps
from pcnhub.entrances.staff.signin.forms import CodeForm, NewPasswordForm, PasswordForm, PositionForm
from pcnhub.entrances.staff.signin.positions import describe
from pcnhub.foundations.kernel.local_time import in_london, london_date
from pcnhub.foundations.kernel.refusals import InvalidInput

RESETS_TOLD_FOR = timedelta(days=90)  # longer than most leave: whoever was away still sees it
either = require_http_methods(["GET", "HEAD", "POST"])


@either
@sensitive_post_parameters()
def sign_in(request: HttpRequest) -> HttpResponse:
    next_page = steps.safe_next(request, request.POST.get("next", request.GET.get("next", "")))
    if request.method != "POST":
        if session.is_signed_in(request):
            return redirect(next_page or "today")
        return _password_page(request, PasswordForm(), Errors(), next_page)
    form = PasswordForm(request.POST)
    if not form.is_valid():
        return _password_page(request, form, Errors.of_form(form), next_page)
    now = timezone.now()
    username = form.cleaned_data["username"]
    account = authenticate(request, username=username, password=form.cleaned_data["password"])
    if account is not None:
        steps.password_was_right(request, account, now=now, next_page=next_page)
        return redirect("sign-in-code" if steps.device_of(account).confirmed else "set-up-code")
    known = find_account(username=username)
    if getattr(request, "axes_locked_out", False):
        _note(request, SignInEvent.LOCKED, known.id if known else None, now, reason="wrong-password")
        return locked_out(request)
    _note(request, SignInEvent.REFUSED, known.id if known else None, now, reason="wrong-password")
    wrong = Errors([FieldError("username", "The user name or the password is not right. Check both and try again.")])
    return _password_page(request, form, wrong, next_page)


@either
@sensitive_post_parameters()
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """The second factor of somebody who has set it up."""
    now = timezone.now()
    account = steps.pending_account(request, now=now)
    if account is None:
        return _from_the_start(request)
    device = steps.device_of(account)
    if not device.confirmed:
        return redirect("set-up-code")
    form = CodeForm(request.POST if request.method == "POST" else None)
    errors = _check_code(request, form, account, device, now) if request.method == "POST" else Errors()
    if getattr(request, "axes_locked_out", False):
        return locked_out(request)
    if request.method == "POST" and not errors:
        return _signed_in(request, account, device, now)
    return render(request, "signin/code.jinja", {"form": form, "errors": errors}, status=422 if errors else 200)


@either
@sensitive_post_parameters()
def set_up_code(request: HttpRequest) -> HttpResponse:
    """First sign-in: the secret as a picture and as text; a right code confirms that the person's app has it."""
    now = timezone.now()
    account = steps.pending_account(request, now=now)
    if account is None:
        return _from_the_start(request)
    device = steps.device_of(account)
    if device.confirmed:
        return redirect("sign-in-code")
    form = CodeForm(request.POST if request.method == "POST" else None)
    errors = _check_code(request, form, account, device, now) if request.method == "POST" else Errors()
    if getattr(request, "axes_locked_out", False):
        return locked_out(request)
    if request.method == "POST" and not errors:
        device.confirmed = True
        device.save(update_fields=["confirmed"])
        _note(request, SignInEvent.CODE_SET_UP, account.pk, now)
        return _signed_in(request, account, device, now)
    secret = passwords.secret_text(device)
    picture = segno.make(device.config_url, error="m").svg_data_uri(scale=4, border=2, dark="#212b32", light="#ffffff")
    context = {"form": form, "errors": errors, "secret": secret, "picture": picture}
    return render(request, "signin/set_up_code.jinja", context, status=422 if errors else 200)


@either
@signed_in
def choose_position(request: StaffRequest) -> HttpResponse:
    """Which of their positions somebody acts from; the only one that holds is taken without asking."""
    held = positions_of(account_id=request.user.pk, day=london_date(request.now))
    usable = [position for position in held if position.is_active]
    resets = sign_in_resets(account_id=request.user.pk, since=request.now - RESETS_TOLD_FOR)
    next_page = steps.safe_next(request, request.POST.get("next", request.GET.get("next", "")))
    errors = Errors()
    if request.method == "POST":
        form = PositionForm(request.POST)
        chosen = form.cleaned_data["position"] if form.is_valid() else None
        if "accept" in request.POST and any(each.id == chosen and each.awaits_acceptance for each in held):
            return _accept(request, cast("int", chosen))
        if any(position.id == chosen for position in usable):
            return _use(request, cast("int", chosen), next_page)
        errors = Errors([FieldError("position", "Choose one of the positions that you can use today.")])
    elif len(held) == len(usable) == 1 and not resets and session.position_in_use(request) is None:
        return _use(request, usable[0].id, next_page)
    context = {
        "positions": [describe(position, day=london_date(request.now)) for position in held],
        "usable": bool(usable),
        "resets": [(reset, f"{in_london(reset.at):%-d %B %Y at %H:%M}") for reset in resets],
        "in_use": session.position_in_use(request),
        "next_page": next_page,
        "errors": errors,
        "name": request.user.full_name,
    }
    return render(request, "signin/positions.jinja", context, status=422 if errors else 200)


@either
@sensitive_post_parameters()
@signed_in
def change_password(request: StaffRequest) -> HttpResponse:
    """One's own password: at the first sign-in, after a reset, and whenever one likes."""
    form = NewPasswordForm(request.POST if request.method == "POST" else None)
    errors = Errors()
    if request.method == "POST":
        errors = Errors.of_form(form)
        if not errors:
            try:
                passwords.change(request, current=form.cleaned_data["current"], new=form.cleaned_data["new"])
            except InvalidInput as refusal:
                errors = Errors.of_refusal(refusal, {"current_password": "current", "new_password": "new"})
            else:
                request.user.refresh_from_db()
                update_session_auth_hash(request, cast("Any", request.user))
                flash(request, "Your password is changed.")
                return redirect("today")
    context = {
        "form": form,
        "errors": errors,
        "must": request.user.must_change_password,
        "length": settings.HUB.password_length,
    }
    return render(request, "signin/change_password.jinja", context, status=422 if errors else 200)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    if session.is_signed_in(request):
        _note(
            request,
            SignInEvent.SIGNED_OUT,
            request.user.pk,
            timezone.now(),
            position_id=session.position_in_use(request),
        )
    logout(request)
    response = redirect(f"{reverse('sign-in')}?{urlencode({'why': Why.SIGNED_OUT.value})}")
    session.forget_sign_in(response)
    return response


def locked_out(request: HttpRequest, *_given: object) -> HttpResponse:
    """The page of a locked account, which looks the same for a name that no account has. axes calls it too."""
    return render(request, "signin/locked.jinja", {"minutes": settings.HUB.lockout_minutes}, status=429)


def _password_page(request: HttpRequest, form: PasswordForm, errors: Errors, next_page: str) -> HttpResponse:
    why = request.GET.get("why", "")
    context = {
        "form": form,
        "errors": errors,
        "next_page": next_page,
        "why": why if why in set(Why) else "",
        "kept": request.GET.get("kept") == "yes",
        "idle_minutes": settings.HUB.session_idle_minutes,
        "absolute_hours": settings.HUB.session_absolute_hours,
    }
    return render(request, "signin/sign_in.jinja", context, status=422 if errors else 200)


def _from_the_start(request: HttpRequest) -> HttpResponse:
    request.session.pop(steps.PENDING, None)
    flash(request, "Too much time passed since you gave your password. Start again.", "information")
    return redirect("sign-in")


def _check_code(
    request: HttpRequest, form: CodeForm, account: AbstractBaseUser, device: TOTPDevice, now: datetime
) -> Errors:
    """No errors when the code is right. A wrong one counts towards the lock, and makes the next wait longer."""
    if steps.is_locked(request, account):
        request.axes_locked_out = True  # type: ignore[attr-defined]
        return Errors()
    if not form.is_valid():
        return Errors.of_form(form)
    with transaction.atomic():
        # locked and read again: else one code, sent several times at once, would be right each time
        held = TOTPDevice.objects.select_for_update().filter(pk=device.pk).first()
        allowed = held is not None and held.verify_is_allowed()[0]
        is_right = held is not None and allowed and held.verify_token(form.cleaned_data["code"])
    if held is not None and not allowed:
        return Errors(
            [FieldError("code", "Wait a moment: a wrong code was just given. Then enter a new one from your app.")]
        )
    if is_right:
        return Errors()
    locked = steps.count_failure(request, account)
    _note(request, SignInEvent.LOCKED if locked else SignInEvent.REFUSED, account.pk, now, reason="wrong-code")
    if locked:
        request.axes_locked_out = True  # type: ignore[attr-defined]
    return Errors(
        [
            FieldError(
                "code",
                "This code is not right, or was used before. Wait for the next one in your app; "
                "if that fails too, check that your phone's clock sets itself.",
            )
        ]
    )


def _signed_in(request: HttpRequest, account: AbstractBaseUser, device: TOTPDevice, now: datetime) -> HttpResponse:
    steps.code_was_right(request, account, device, now=now)
    _note(request, SignInEvent.SIGNED_IN, account.pk, now)
    next_page = request.session.pop(steps.NEXT, "")
    response = redirect(
        f"{reverse('choose-position')}?{urlencode({'next': next_page})}" if next_page else "choose-position"
    )
    session.remember_sign_in(response)
    return response


def _accept(request: StaffRequest, position_id: int) -> HttpResponse:
    actor = arriving(
        account_id=request.user.pk,
        now=request.now,
        origin=session.origin(request),
        request_id=request.request_id,
        identity=request.session[session.IDENTITY],
        position_id=position_id,
    )
    accept_position(actor=actor, now=request.now, position_id=position_id)
    flash(request, "The position is yours to use.")
    return redirect("choose-position")


def _use(request: StaffRequest, position_id: int, next_page: str) -> HttpResponse:
    session.use_position(request, position_id)
    _note(request, SignInEvent.POSITION_CHOSEN, request.user.pk, request.now, position_id=position_id)
    return redirect(next_page or "today")


def _note(
    request: HttpRequest,
    event: SignInEvent,
    account_id: int | None,
    now: datetime,
    *,
    position_id: int | None = None,
    reason: str = "",
) -> None:
    """A name that no account has leaves no row: there is nobody whom it could concern."""
    if account_id is None:
        return
    actor = arriving(
        account_id=account_id,
        now=now,
        origin=session.origin(request),
        request_id=cast("StaffRequest", request).request_id,
        identity=steps.IDENTITY,
        position_id=position_id,
    )
    note_sign_in(actor=actor, now=now, event=event, reason=reason)

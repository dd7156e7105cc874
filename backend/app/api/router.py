"""Every resource's router, in order."""

from fastapi import APIRouter

from app.api.application.router import router as application_router
from app.api.application_review.router import router as application_review_router
from app.api.approval_strategy.router import router as approval_strategy_router
from app.api.attendee.router import router as attendee_router
from app.api.audit.router import router as audit_router
from app.api.auth.router import router as auth_router
from app.api.card_hold.router import router as card_hold_router
from app.api.coupon.router import router as coupon_router
from app.api.dashboard.router import router as dashboard_router
from app.api.form_field.router import router as form_field_router
from app.api.group.router import router as group_router
from app.api.health.router import router as health_router
from app.api.human.router import router as human_router
from app.api.mail.router import router as mail_router
from app.api.operator.router import router as operator_router
from app.api.payment.router import router as payment_router
from app.api.popup.router import router as popup_router
from app.api.popup_reviewer.router import router as popup_reviewer_router
from app.api.product.router import router as product_router
from app.api.provider_account.router import router as provider_account_router
from app.api.sandbox.router import router as sandbox_router
from app.api.tenant.router import router as tenant_router
from app.api.ticket.router import router as ticket_router
from app.api.upload.router import router as upload_router
from app.api.user.router import router as user_router
from app.api.webhook.router import router as webhook_router
from app.api.webhook_event.router import router as webhook_event_router

api_router = APIRouter()
api_router.include_router(health_router)
api_router.include_router(auth_router)
api_router.include_router(operator_router)
api_router.include_router(tenant_router)
api_router.include_router(user_router)
api_router.include_router(human_router)
api_router.include_router(popup_router)
api_router.include_router(product_router)
api_router.include_router(coupon_router)
api_router.include_router(form_field_router)
api_router.include_router(group_router)
api_router.include_router(upload_router)
api_router.include_router(application_review_router)
api_router.include_router(attendee_router)
api_router.include_router(application_router)
api_router.include_router(card_hold_router)
api_router.include_router(approval_strategy_router)
api_router.include_router(popup_reviewer_router)
api_router.include_router(payment_router)
api_router.include_router(provider_account_router)
api_router.include_router(webhook_router)
api_router.include_router(webhook_event_router)
api_router.include_router(sandbox_router)
api_router.include_router(ticket_router)
api_router.include_router(dashboard_router)
api_router.include_router(mail_router)
api_router.include_router(audit_router)

# The captcha module is loaded whether a captcha is used or not, and needs an image library; nobody is asked for one here.
package Lemonldap::NG::Portal::Captcha::None;
use Mouse;
extends 'Lemonldap::NG::Portal::Main::Plugin';
sub init { 1 }
BEGIN { $INC{'Lemonldap/NG/Portal/Captcha/None.pm'} = __FILE__ }

package main;
use Lemonldap::NG::Portal::Main;
Lemonldap::NG::Portal::Main->run(
    {
        configStorage       => { confFile => $ENV{LLNG_DEFAULTCONFFILE} },
        localSessionStorage => '',
        templateDir         => $ENV{SALLYPORT_TEST_LEMONLDAP},
        staticPrefix        => '/static',
        logLevel            => 'error',
        logger              => 'Lemonldap::NG::Common::Logger::Std',
    }
);

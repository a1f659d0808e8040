package io.amqproxy.impl;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/** Keeps the packages what they are: see {@code package-info.java} of each. */
@AnalyzeClasses(packages = "io.amqproxy", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String ROOT = "io.amqproxy.impl";
    private static final String WIRE = ROOT + ".wire..";
    private static final String SESSION = ROOT + ".session..";
    private static final String POOL = ROOT + ".pool..";
    private static final String NET = ROOT + ".net..";
    private static final String TLS = ROOT + ".tls..";
    private static final String PEM = ROOT + ".pem..";
    private static final String[] CORE = {WIRE, SESSION, POOL};

    @ArchTest
    static final ArchRule packagesDependInOneDirection = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("root")
            .definedBy(ROOT)
            .layer("net")
            .definedBy(NET)
            .layer("pool")
            .definedBy(POOL)
            .layer("session")
            .definedBy(SESSION)
            .layer("wire")
            .definedBy(WIRE)
            .layer("tls")
            .definedBy(TLS)
            .layer("pem")
            .definedBy(PEM)
            .whereLayer("root")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("net")
            .mayOnlyBeAccessedByLayers("root")
            .whereLayer("pool")
            .mayOnlyBeAccessedByLayers("root", "net")
            .whereLayer("session")
            .mayOnlyBeAccessedByLayers("root", "net", "pool")
            .whereLayer("wire")
            .mayOnlyBeAccessedByLayers("root", "net", "pool", "session")
            .whereLayer("tls")
            .mayOnlyBeAccessedByLayers("root", "net")
            .whereLayer("pem")
            .mayOnlyBeAccessedByLayers("tls");

    @ArchTest
    static final ArchRule noPackageIsInACycle =
            slices().matching("io.amqproxy.impl.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule theApiKnowsNothingOfItsImplementation = noClasses()
            .that()
            .resideInAnyPackage("io.amqproxy", "io.amqproxy.spi..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(ROOT + "..");

    @ArchTest
    static final ArchRule theCoreKnowsNoSocket = noClasses()
            .that()
            .resideInAnyPackage(CORE)
            .should()
            .dependOnClassesThat(resideInAnyPackage("java.nio.channels..", "java.net..", "javax.net..", "jdk.net..")
                    .and(not(belongToAnyOf(InetSocketAddress.class))));

    @ArchTest
    static final ArchRule theCoreKnowsNoThread = noClasses()
            .that()
            .resideInAnyPackage(CORE)
            .should()
            .dependOnClassesThat(resideInAPackage("java.util.concurrent..")
                    .and(not(belongToAnyOf(TimeUnit.class)))
                    .or(belongToAnyOf(Thread.class, ThreadLocal.class)));

    @ArchTest
    static final ArchRule theCoreReadsNoClock = noClasses()
            .that()
            .resideInAnyPackage(CORE)
            .should()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(Clock.class)
            .orShould()
            .callMethod(Instant.class, "now");

    /** The root binds the listening socket and hands it to net. */
    @ArchTest
    static final ArchRule onlyNetAndTheListeningSocketUseChannels = noClasses()
            .that()
            .resideOutsideOfPackage(NET)
            .and()
            .doNotBelongToAnyOf(RunningProxy.class, ProxyBuilder.class)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("java.nio.channels..");

    @ArchTest
    static final ArchRule nothingButTheJdkAndTwoSmallLibrariesIsUsed = classes()
            .that()
            .resideInAnyPackage("io.amqproxy", "io.amqproxy.spi..", ROOT + "..")
            .should()
            .onlyDependOnClassesThat(resideInAnyPackage(
                            "java..",
                            "javax.net.ssl..",
                            "javax.crypto..",
                            "org.slf4j..",
                            "org.jspecify..",
                            "io.amqproxy",
                            "io.amqproxy.spi..",
                            ROOT + "..")
                    .or(resideInAPackage("jdk.net..")));

    @ArchTest
    static final ArchRule certificatesAreNoConnections = noClasses()
            .that()
            .resideInAnyPackage(TLS, PEM)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(WIRE, SESSION, POOL, NET);

    @ArchTest
    static final ArchRule onlyNetUsesTheSocketOptionsOfThisJdk = noClasses()
            .that()
            .resideOutsideOfPackage(NET)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("jdk.net..");
}
